export declare function requirementsFile(gpu: boolean): string;
export declare function fetchWheels(
  cache: string,
  options: { gpu: boolean; python: string; say(line: string): void },
): string;
export declare function disagreements(metadata: string, pins: string): string[];
