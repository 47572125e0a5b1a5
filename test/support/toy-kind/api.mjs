// Loaded before the API's program. The descriptor is first: what reads the table comes after it.
import "./descriptor.mjs";
import "./creator.mjs";
import "./post.mjs";
