import { useNavigate } from "@tanstack/react-router";
import { ApiError, type JobRoute } from "@winnow/client";
import { describeJob, type Job, type JobKind, jobRouteName } from "@winnow/contracts";
import { type ReactNode, useMemo, useState } from "react";
import { Button } from "react-aria-components";
import { Fault } from "../elements/problems.js";
import { useAction } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import type { Faults } from "./field-props.js";
import { SchemaForm } from "./schema-form.js";
import { formOf, type JsonObject, without } from "./schema-node.js";
import { translateForm } from "./translate-form.js";
import { estimateText, useEstimate } from "./use-estimate.js";

/**
 * A form of a job's parameters, made from the contract's schema, with what the service says that the
 * job would take. `apart` are fields that `children` shows above, or that stand fast.
 */
export function JobForm({
  kind,
  value,
  onChange,
  apart = [],
  action,
  children,
  isFolded = false,
}: {
  readonly kind: JobKind;
  readonly value: JsonObject;
  readonly onChange: (value: JsonObject) => void;
  readonly apart?: readonly string[];
  readonly action: string;
  readonly children?: ReactNode;
  /** Whether the form is behind "more settings": nothing in it has to be filled in. */
  readonly isFolded?: boolean;
}) {
  const t = useTexts();
  const navigate = useNavigate();
  const schema = describeJob(kind).params;
  const form = useMemo(
    () => translateForm(without(formOf(schema), apart), t.help),
    [schema, apart, t],
  );
  const route = jobRouteName(kind) as JobRoute;
  const [isSent, setSent] = useState(false);
  const parsed = useMemo(() => schema.safeParse(value), [schema, value]);
  const estimate = useEstimate(route, value, parsed.success);
  const start = useAction(route, [
    "listJobs",
    "listDatasets",
    "listCrossValidations",
    "listPrunings",
  ]);
  const refusal = parsed.success ? (start.error ?? estimate.error) : null;
  const faults: Faults = useMemo(() => {
    if (!parsed.success) {
      // Nobody is told of what is missing before they say that they are done.
      if (!isSent) return new Map();
      const { issues } = parsed.error;
      return new Map(issues.map(({ path, message }) => [`/${path.join("/")}`, message]));
    }
    const errors = refusal instanceof ApiError ? (refusal.problem.errors ?? []) : [];
    return new Map(errors.map(({ pointer, detail }) => [pointer, detail]));
  }, [parsed, isSent, refusal]);
  const send = () => {
    setSent(true);
    if (!parsed.success) return;
    start.run({ body: value } as never, (job) =>
      navigate({ to: "/jobs/$id", params: { id: (job as Job).id } }),
    );
  };
  const all = <SchemaForm form={form} value={value} onChange={onChange} faults={faults} />;
  return (
    <form
      className="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {children}
      {isFolded ? (
        <details>
          <summary>{t("moreSettings")}</summary>
          {all}
        </details>
      ) : (
        all
      )}
      {refusal && <Fault error={refusal} />}
      <div className="spread">
        <p className="dim" role="status">
          {!parsed.success
            ? isSent
              ? t("fillIn")
              : ""
            : estimate.data
              ? estimateText(estimate.data.estimate, t)
              : estimate.error
                ? ""
                : t("estimating")}
        </p>
        <Button className="button main" type="submit" isDisabled={start.isPending}>
          {action}
        </Button>
      </div>
    </form>
  );
}
