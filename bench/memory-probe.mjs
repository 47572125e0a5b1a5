// Loaded into the API and the worker under measurement: tells their memory when asked.
process.on("message", (message) => {
  if (message?.ask === "memory") process.send({ memory: process.memoryUsage() });
});
// The programs end when nothing is left to do or their parent goes; this listener is no reason to stay.
process.channel?.unref();
