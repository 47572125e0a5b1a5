import type { Client } from "@winnow/client";
import {
  DELIVERY_STATES,
  JOB_KINDS,
  type JobKind,
  WEBHOOK_EVENTS,
  type WebhookEvent,
  type WebhookWithSecret,
} from "@winnow/contracts";
import { type Command, Option } from "commander";
import {
  apiKeyOption,
  given,
  jsonOption,
  openClient,
  printJson,
  type ServiceOptions,
  urlOption,
  wholeNumber,
} from "../options/options.js";
import { interruptible } from "../terminal/interrupt.js";
import { table } from "../terminal/table.js";
import { fit } from "../terminal/text.js";

interface Common extends ServiceOptions {
  readonly json?: true;
}

interface AddOptions extends Common {
  readonly events?: WebhookEvent[];
  readonly kinds?: JobKind[];
  readonly description?: string;
}

interface DeliveriesOptions extends Common {
  readonly state?: (typeof DELIVERY_STATES)[number];
  readonly limit: number;
}

/** `winnow webhooks ...`: endpoints that hear of jobs' ends, and what was sent to them. */
export function addWebhooks(program: Command): void {
  const webhooks = program
    .command("webhooks")
    .description("have the ends of jobs told to https addresses");
  const add = (name: string, description: string) =>
    webhooks
      .command(name)
      .description(description)
      .addOption(urlOption())
      .addOption(apiKeyOption())
      .addOption(jsonOption());

  add("list", "every endpoint").action((options: Common) => withClient(options, list));
  add("add <address>", "make an endpoint; prints its secret, once")
    .addOption(new Option("--events <event...>", "only these").choices(WEBHOOK_EVENTS))
    .addOption(new Option("--kinds <kind...>", "only jobs of these").choices(JOB_KINDS))
    .option("--description <text>", "for people")
    .action((address: string, options: AddOptions) =>
      withClient(options, async (client, signal) => {
        const { events, kinds, description } = options;
        const body = { url: address, ...given({ events, kinds, description }) };
        sayWithSecret(await client.call("createWebhook", { body, signal }), options);
      }),
    );
  for (const state of ["enabled", "disabled"] as const) {
    const verb = state.slice(0, -1);
    add(`${verb} <id>`, state === "enabled" ? "send again" : "send no more").action(
      (id: string, options: Common) =>
        withClient(options, async (client, signal) => {
          const body = { state };
          const webhook = await client.call("updateWebhook", { params: { id }, body, signal });
          say(webhook, `${webhook.id} ${webhook.state}`, options);
        }),
    );
  }
  add("rotate <id>", "make a new secret; the old one signs too for 24 hours").action(
    (id: string, options: Common) =>
      withClient(options, async (client, signal) => {
        sayWithSecret(
          await client.call("rotateWebhookSecret", { params: { id }, signal }),
          options,
        );
      }),
  );
  add("remove <id>", "delete an endpoint and its deliveries").action(
    (id: string, options: Common) =>
      withClient(options, async (client, signal) => {
        await client.call("deleteWebhook", { params: { id }, signal });
        say({ id, deleted: true }, `${id} deleted`, options);
      }),
  );
  add("ping <id>", "send a message of type ping").action((id: string, options: Common) =>
    withClient(options, async (client, signal) => {
      const delivery = await client.call("pingWebhook", { params: { id }, signal });
      say(delivery, delivery.id, options);
    }),
  );
  add("deliveries <id>", "what was sent, and how it ended")
    .addOption(new Option("--state <state>", "only these").choices(DELIVERY_STATES))
    .option("--limit <n>", "at most so many", wholeNumber(1, 1000), 20)
    .action((id: string, options: DeliveriesOptions) =>
      withClient(options, (client, signal) => deliveries(client, id, options, signal)),
    );
  add("redeliver <id> <delivery>", "send a delivery again").action(
    (id: string, deliveryId: string, options: Common) =>
      withClient(options, async (client, signal) => {
        const params = { id, deliveryId };
        const delivery = await client.call("redeliverWebhook", { params, signal });
        say(delivery, `${delivery.id} ${delivery.state}`, options);
      }),
  );
}

const withClient = <O extends Common>(
  options: O,
  work: (client: Client, signal: AbortSignal, options: O) => Promise<void>,
) => interruptible((signal) => work(openClient(options), signal, options));

async function list(client: Client, signal: AbortSignal, options: Common): Promise<void> {
  const page = await client.call("listWebhooks", { query: { limit: 1000 }, signal });
  const rows = page.data.map((hook) => [
    hook.id,
    hook.state,
    hook.events.join(","),
    hook.kinds.join(",") || "every kind",
    fit(hook.url, 60),
    fit(hook.disabledReason ?? "", 80),
  ]);
  say(page, rows.length === 0 ? "no webhooks" : table(rows).join("\n"), options);
}

async function deliveries(
  client: Client,
  id: string,
  options: DeliveriesOptions,
  signal: AbortSignal,
): Promise<void> {
  const { state, limit } = options;
  const query = { limit, ...given({ state }) };
  const page = await client.call("listWebhookDeliveries", { params: { id }, query, signal });
  const rows = page.data.map((delivery) => [
    delivery.id,
    delivery.state,
    delivery.type,
    delivery.jobId ?? "",
    `${delivery.attempts}`,
    delivery.createdAt,
    fit(delivery.lastError ?? "", 60),
  ]);
  say(page, rows.length === 0 ? "no deliveries" : table(rows, new Set([4])).join("\n"), options);
}

function sayWithSecret(webhook: WebhookWithSecret, options: Common): void {
  const lines = [webhook.id, `secret  ${webhook.secret}`, "Keep it: it is shown here only."];
  say(webhook, lines.join("\n"), options);
}

const say = (value: unknown, said: string, { json }: Common): void => {
  if (json) printJson(value);
  else console.log(said);
};
