// Runs in a page of somebody else, in the browser: what such a page can try. Calls and their answers
// are plain values.

globalThis.attack = async ({ base, calls }) => {
  const seen = [];
  const send = async (what, url, init) => {
    try {
      const stop = AbortSignal.timeout(5_000);
      const answer = await fetch(url, { ...init, signal: stop });
      seen.push({ what, status: answer.status, body: await answer.text() });
    } catch (error) {
      seen.push({ what, status: 0, body: String(error) });
    }
  };
  for (const { method, path, type, body } of calls) {
    await send(`${method} ${path}`, `${base}${path}`, {
      method,
      ...(type === null ? {} : { body, headers: { "content-type": type } }),
    });
  }
  // Without a preflight: what forms, images and beacons can send.
  await send("simple POST", `${base}/v1/uploads`, {
    method: "POST",
    mode: "no-cors",
    credentials: "include",
    headers: { "content-type": "text/plain" },
    body: "a,b",
  });
  navigator.sendBeacon(`${base}/v1/uploads`, new Blob(["a,b"], { type: "text/plain" }));
  const form = document.createElement("form");
  form.method = "POST";
  form.enctype = "multipart/form-data";
  form.action = `${base}/v1/uploads`;
  const frame = document.createElement("iframe");
  frame.name = "target";
  form.target = "target";
  const file = document.createElement("input");
  file.name = "file";
  file.value = "a,b";
  form.append(file);
  document.body.append(frame, form);
  form.submit();
  const script = document.createElement("script");
  script.src = `${base}/v1/datasets`;
  document.body.append(script);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  return seen;
};
