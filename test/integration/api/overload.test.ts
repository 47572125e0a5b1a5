import { expect, it } from "vitest";
import { expectProblem, openTestApi } from "../../support/api.js";

it("a process that cannot keep up refuses requests as overloaded, and is still alive", async () => {
  const busy = await openTestApi({ app: { maxEventLoopDelayMs: 50 } });
  try {
    const blockedUntil = performance.now() + 2_500;
    while (performance.now() < blockedUntil) {
      const pause = performance.now() + 300;
      while (performance.now() < pause);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const refused = await busy.app.inject("/v1/jobs");
    expectProblem(refused, "overloaded");
    expect(refused.headers["retry-after"]).toBe("5");
    expect((await busy.app.inject("/healthz")).statusCode).toBe(200);
  } finally {
    await busy.close();
  }
});
