import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { InvalidWebhookError, verifyWebhook } from "./verify-webhook.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY =
  '{"type":"job.succeeded","timestamp":"2026-11-26T00:00:00.000Z","data":{"text":"汉字"}}';

/** The headers as the scheme's own library makes them. */
function signed(secrets: readonly string[], at = new Date(), body = BODY) {
  return {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": secrets.map((s) => new Webhook(s).sign("msg_1", at, body)).join(" "),
  };
}

describe("verifyWebhook", () => {
  it("returns the message that the scheme's library has signed, from either form of headers", async () => {
    const headers = signed([SECRET]);
    const expected = { id: "msg_1", type: "job.succeeded", data: { text: "汉字" } };
    expect(await verifyWebhook(BODY, headers, SECRET)).toMatchObject(expected);
    expect(await verifyWebhook(BODY, new Headers(headers), SECRET)).toMatchObject(expected);
  });

  it("takes either signature after a rotation", async () => {
    const headers = signed([OTHER, SECRET]);
    for (const secret of [SECRET, OTHER]) {
      expect((await verifyWebhook(BODY, headers, secret)).id).toBe("msg_1");
    }
  });

  it.each([
    ["another secret", BODY, signed([OTHER]), SECRET],
    ["a changed body", BODY.replace("succeeded", "failed"), signed([SECRET]), SECRET],
    ["an old message", BODY, signed([SECRET], new Date(Date.now() - 301_000)), SECRET],
    ["a message of the future", BODY, signed([SECRET], new Date(Date.now() + 302_000)), SECRET],
    ["another id", BODY, { ...signed([SECRET]), "webhook-id": "msg_2" }, SECRET],
    ["no signature", BODY, { ...signed([SECRET]), "webhook-signature": undefined }, SECRET],
    [
      "a signature that is no base64",
      BODY,
      { ...signed([SECRET]), "webhook-signature": "v1,%%" },
      SECRET,
    ],
    ["another version", BODY, { ...signed([SECRET]), "webhook-signature": "v2,AAAA" }, SECRET],
    ["a time that is none", BODY, { ...signed([SECRET]), "webhook-timestamp": "now" }, SECRET],
    ["a secret that is none", BODY, signed([SECRET]), "secret"],
  ])("refuses %s", async (_, body, headers, secret) => {
    await expect(verifyWebhook(body, headers, secret)).rejects.toThrow(InvalidWebhookError);
  });
});
