export declare const CUDA_LIBRARIES: readonly string[];
export declare function linkLibraries(
  source: string,
  packageFolder: string,
  options: { gpu: boolean },
): void;
export declare function unresolvedLibraries(packageFolder: string): string[];
export declare function moveLibraries(source: string, packageFolder: string): void;
