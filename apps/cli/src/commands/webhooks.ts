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
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, wholeNumber } from "../options/values.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { fit, widthOf } from "../terminal/text.js";

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

/** `winnow webhooks ...`: endpoints that are notified when jobs end, and what was sent to them. */
export function addWebhooks(program: Command): void {
  const webhooks = program
    .command("webhooks")
    .description("notify https endpoints when jobs end")
    .helpCommand("help [command]", "print a command's help");
  const add = (name: string, description: string) =>
    addServiceOptions(webhooks.command(name).description(description).addOption(jsonOption()));
  const addOf = (name: string, description: string) =>
    add(name, description).argument("<id>", "id of the endpoint, wh_...");

  add("list", "list the endpoints").action((options: Common) => withClient(options, list));
  add("add", "add an endpoint and print its secret, once")
    .argument("<address>", "the https address to send to")
    .addOption(new Option("--events <event...>", "only these events").choices(WEBHOOK_EVENTS))
    .addOption(new Option("--kinds <kind...>", "only jobs of these kinds").choices(JOB_KINDS))
    .option("--description <text>", "a note for people")
    .action((address: string, options: AddOptions) =>
      withClient(options, async (client, signal) => {
        const { events, kinds, description } = options;
        const body = { url: address, ...given({ events, kinds, description }) };
        printWithSecret(await client.call("createWebhook", { body, signal }), options);
      }),
    );
  for (const state of ["enabled", "disabled"] as const) {
    const verb = state.slice(0, -1);
    addOf(verb, `${verb} an endpoint`).action((id: string, options: Common) =>
      withClient(options, async (client, signal) => {
        const body = { state };
        const webhook = await client.call("updateWebhook", { params: { id }, body, signal });
        printAnswer(webhook, `${webhook.id} ${webhook.state}`, options);
      }),
    );
  }
  addOf("rotate", "make a new secret; the old one stays valid for 24 hours").action(
    (id: string, options: Common) =>
      withClient(options, async (client, signal) => {
        printWithSecret(
          await client.call("rotateWebhookSecret", { params: { id }, signal }),
          options,
        );
      }),
  );
  addOf("remove", "delete an endpoint and its deliveries").action((id: string, options: Common) =>
    withClient(options, async (client, signal) => {
      await client.call("deleteWebhook", { params: { id }, signal });
      printAnswer({ id, deleted: true }, `${id} deleted`, options);
    }),
  );
  addOf("ping", "send a test message of type ping").action((id: string, options: Common) =>
    withClient(options, async (client, signal) => {
      const delivery = await client.call("pingWebhook", { params: { id }, signal });
      printAnswer(delivery, delivery.id, options);
    }),
  );
  addOf("deliveries", "list what was sent to an endpoint, and the outcome")
    .addOption(
      new Option("--state <state>", "only deliveries in this state").choices(DELIVERY_STATES),
    )
    .option("--limit <n>", "how many deliveries at most", wholeNumber(1, 1000), 20)
    .action((id: string, options: DeliveriesOptions) =>
      withClient(options, (client, signal) => deliveries(client, id, options, signal)),
    );
  addOf("redeliver", "send a delivery again")
    .argument("<delivery>", "id of the delivery")
    .action((id: string, deliveryId: string, options: Common) =>
      withClient(options, async (client, signal) => {
        const params = { id, deliveryId };
        const delivery = await client.call("redeliverWebhook", { params, signal });
        printAnswer(delivery, `${delivery.id} ${delivery.state}`, options);
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
    fit(hook.url ?? "(hidden)", 60),
    fit(hook.disabledReason ?? "", 80),
  ]);
  printAnswer(
    page,
    rows.length === 0 ? "no webhooks" : table(rows, { width: widthOf(process.stdout) }).join("\n"),
    options,
  );
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
  printAnswer(
    page,
    rows.length === 0
      ? "no deliveries"
      : table(rows, { right: new Set([4]), width: widthOf(process.stdout) }).join("\n"),
    options,
  );
}

function printWithSecret(webhook: WebhookWithSecret, options: Common): void {
  const lines = [webhook.id, `secret  ${webhook.secret}`, "Store it now: it is not shown again."];
  printAnswer(webhook, lines.join("\n"), options);
}

const printAnswer = (value: unknown, text: string, { json }: Common): void => {
  if (json) printJson(value);
  else print(text);
};
