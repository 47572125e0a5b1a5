export declare function searchFolders(file: string): string[];
