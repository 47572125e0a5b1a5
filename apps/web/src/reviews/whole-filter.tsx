import type { ReviewResult } from "@winnow/contracts";
import { useState } from "react";
import { Button } from "react-aria-components";
import { Overlay } from "../elements/dialog.js";
import { Choice } from "../elements/fields.js";
import { Fault } from "../elements/problems.js";
import { service } from "../service/client.js";
import { type TextKey, useTexts } from "../texts/texts.js";
import type { ReviewFilter } from "./rows.js";
import type { ReviewSession } from "./session.js";

const VERDICTS = ["relabel", "keep", "drop", "unsure"] as const;
type Chosen = (typeof VERDICTS)[number];

/** One decision about all rows of the filter: counted before, undone as one after. */
export function WholeFilter({
  pruningId,
  datasetId,
  filter,
  session,
  names,
}: {
  readonly pruningId: string;
  readonly datasetId: string;
  readonly filter: ReviewFilter;
  readonly session: ReviewSession;
  readonly names: readonly string[];
}) {
  const t = useTexts();
  const [verdict, setVerdict] = useState<Chosen>("relabel");
  const [label, setLabel] = useState("");
  const [first, setFirst] = useState("");
  const [counted, setCounted] = useState<ReviewResult | null>(null);
  const [written, setWritten] = useState<ReviewResult | null>(null);
  const [fault, setFault] = useState<Error | null>(null);
  const { order, ...bounds } = filter;
  const send = (isDry: boolean): Promise<ReviewResult> => {
    const input = {
      params: { id: datasetId },
      ...(isDry ? { query: { validateOnly: "true" as const } } : {}),
      // What was counted is what is written, or nothing is.
      headers: isDry || !counted ? {} : { "if-match": counted.etag },
      body: {
        type: "filter" as const,
        pruningId,
        order,
        verdict,
        filter: { ...bounds, ...(first === "" ? {} : { first: Number(first) }) },
        ...(verdict === "relabel" && label !== "" ? { label } : {}),
      },
    };
    return service()
      .request("createReviews", input)
      .then((response) => response.json() as Promise<ReviewResult>);
  };
  const attempt = async (work: () => Promise<void>) => {
    setFault(null);
    await work().catch((error: Error) => {
      setCounted(null);
      setFault(error);
    });
  };
  const count = () => attempt(async () => setCounted(await send(true)));
  const write = () =>
    attempt(async () => {
      const result = await send(false);
      setCounted(null);
      setWritten(result);
      session.noteFilterAction(result);
    });
  const what = t(`all-${verdict}` as TextKey, {
    label: label === "" ? t("suggestedLabel") : label,
  });
  return (
    <section className="card stack">
      <h2>{t("wholeFilter")}</h2>
      <div className="fields">
        <Choice
          label={t("decision")}
          value={verdict}
          options={VERDICTS.map((one) => [one, t(`verdict-${one}` as TextKey)] as const)}
          onChange={(value) => setVerdict(value as Chosen)}
        />
        {verdict === "relabel" && (
          <Choice
            label={t("label")}
            value={label}
            options={[["", t("suggestedLabel")], ...names.map((name) => [name, name] as const)]}
            onChange={setLabel}
          />
        )}
        <Choice
          label={t("howMany")}
          value={first}
          options={[
            ["", t("allOfThem")],
            ...[10, 50, 100, 500, 1000].map(
              (n) => [String(n), t("firstRowsOf", { count: n })] as const,
            ),
          ]}
          onChange={setFirst}
        />
      </div>
      <div className="actions">
        <Button className="button" onPress={count}>
          {t("countThem")}
        </Button>
      </div>
      {fault && <Fault error={fault} />}
      {written?.action && (
        <div className="notice" role="status">
          <span>{t("reviewedRows", { count: written.rows })}</span>
          <Button
            className="button small"
            onPress={() => {
              setWritten(null);
              session.undoFilterAction(written.action!.id);
            }}
          >
            {t("undo")}
          </Button>
        </div>
      )}
      <Overlay title={t("wholeFilter")} isOpen={counted !== null} onClose={() => setCounted(null)}>
        <p className="theirs">
          <strong>{t("rowsCount", { count: counted?.rows ?? 0 })}</strong>: {what}
        </p>
        {counted !== null && counted.replaced > 0 && (
          <p className="warning">{t("wouldReplace", { count: counted.replaced })}</p>
        )}
        <div className="actions">
          <Button className="button" onPress={() => setCounted(null)} autoFocus>
            {t("close")}
          </Button>
          <Button className="button main" isDisabled={counted?.rows === 0} onPress={write}>
            {t("applyToAll", { count: counted?.rows ?? 0 })}
          </Button>
        </div>
      </Overlay>
    </section>
  );
}
