// Loaded before the worker's program. The descriptor is first: what reads the table comes after it.
import "./descriptor.mjs";
import "./creator.mjs";
import "./handler.mjs";
