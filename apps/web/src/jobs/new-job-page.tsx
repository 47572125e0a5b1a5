import { Link, useParams } from "@tanstack/react-router";
import { describeJob, JOB_KINDS, type JobKind } from "@winnow/contracts";
import { useState } from "react";
import { PageHead } from "../elements/page-head.js";
import { JobForm } from "../forms/job-form.js";
import type { JsonObject } from "../forms/schema-node.js";
import { useTexts } from "../texts/texts.js";

/** A job of any kind, with everything that the API takes. */
export function NewJobPage() {
  const t = useTexts();
  const { kind } = useParams({ from: "/new/$kind" });
  const chosen = JOB_KINDS.find((one) => one === kind);
  if (chosen === undefined) return <p className="empty">{t("notFound")}</p>;
  return (
    <>
      <PageHead
        title={t("newJob")}
        crumbs={[
          <Link key="jobs" to="/jobs">
            {t("jobs")}
          </Link>,
        ]}
      />
      <nav className="tabs" aria-label={t("kind")}>
        {JOB_KINDS.map((one) => (
          <Link
            key={one}
            to="/new/$kind"
            params={{ kind: one }}
            aria-current={one === chosen ? "page" : undefined}
          >
            {t.kind(one)}
          </Link>
        ))}
      </nav>
      <OneKind key={chosen} kind={chosen} />
    </>
  );
}

function OneKind({ kind }: { readonly kind: JobKind }) {
  const t = useTexts();
  const [value, setValue] = useState<JsonObject>({});
  return (
    <section className="card stack">
      <h2>{t.kind(kind)}</h2>
      <p className="dim">{t.help(describeJob(kind).summary)}</p>
      <JobForm kind={kind} value={value} onChange={setValue} action={t("startJob")} />
    </section>
  );
}
