import { config } from "zod/v4/core";

// The page's policy forbids code from strings, which zod would try. It decides when a schema is made,
// so this stands before everything that imports the contracts.
config({ jitless: true });
