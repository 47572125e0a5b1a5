import { STATUS_CODES } from "node:http";
import { AppError, ERROR_CODES, ERRORS, type ErrorCode, problemType } from "@winnow/contracts";
import type { FastifyInstance, FastifyReply } from "fastify";

/** A page for each code of the catalogue, where the `type` of its problems points, and a list. */
export function registerErrorPages(app: FastifyInstance): void {
  const open = { schema: { hide: true }, config: { scope: "public" } } as const;
  app.get("/errors", open, (_request, reply) => sendPage(reply, "Errors", listOfCodes()));
  app.get<{ Params: { code: string } }>("/errors/:code", open, (request, reply) => {
    const code = ERROR_CODES.find((known) => known === request.params.code);
    if (code === undefined) {
      throw new AppError("route-not-found", "There is no such error code; /errors lists all.");
    }
    return sendPage(reply, ERRORS[code].title, pageOf(code));
  });
}

const listOfCodes = (): string =>
  `<dl>${ERROR_CODES.map(
    (code) =>
      `<dt><a href="${problemType(code)}"><code>${code}</code></a></dt>` +
      `<dd>${ERRORS[code].status} · ${asHtml(ERRORS[code].title)}</dd>`,
  ).join("\n")}</dl>`;

function pageOf(code: ErrorCode): string {
  const { status, retryable, cause, fix } = ERRORS[code];
  const again = retryable ? "can succeed later" : "fails again";
  return `<p><code>${code}</code> · HTTP ${status} ${STATUS_CODES[status]}</p>
<h2>What happened</h2>
<p>${asHtml(cause)}</p>
<h2>How to fix it</h2>
<p>${asHtml(fix)}</p>
<p>The same request ${again} without a change. The problem's <code>detail</code> describes the
specific case.</p>
<p><a href="/errors">All errors</a> · <a href="/docs">API</a></p>`;
}

/** The catalogue's text, with code in backticks. */
const asHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>");

function sendPage(reply: FastifyReply, title: string, body: string): FastifyReply {
  return reply.type("text/html; charset=utf-8").send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${asHtml(title)} · Winnow</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }
  code { font-family: ui-monospace, monospace }
</style>
<h1>${asHtml(title)}</h1>
${body}
</html>
`);
}
