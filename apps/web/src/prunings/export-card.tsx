import { EXPORT_COLUMNS, EXPORT_FORMAT_CHOICES, EXPORT_SPLITS } from "@winnow/contracts";
import { useState } from "react";
import { DownloadLink } from "../elements/download-link.js";
import { Choice } from "../elements/fields.js";
import { type TextKey, useTexts } from "../texts/texts.js";

type Split = (typeof EXPORT_SPLITS)[number];
type Columns = (typeof EXPORT_COLUMNS)[number];
type Format = (typeof EXPORT_FORMAT_CHOICES)[number];

/** The dataset after the pruning, as a file. */
export function ExportCard({
  pruningId,
  datasetName,
}: {
  readonly pruningId: string;
  readonly datasetName: string;
}) {
  const t = useTexts();
  const [split, setSplit] = useState<Split>("cleaned");
  const [columns, setColumns] = useState<Columns>("source");
  const [format, setFormat] = useState<Format>("source");
  return (
    <section className="card stack" id="export">
      <h2>{t("exports")}</h2>
      <p className="dim">{t("exportHelp")}</p>
      <div className="fields">
        <Choice
          label={t("split")}
          value={split}
          options={EXPORT_SPLITS.map((one) => [one, t(`split-${one}` as TextKey)] as const)}
          onChange={(value) => setSplit(value as Split)}
        />
        <Choice
          label={t("columns")}
          value={columns}
          options={EXPORT_COLUMNS.map((one) => [one, t(`columns-${one}` as TextKey)] as const)}
          onChange={(value) => setColumns(value as Columns)}
        />
        <Choice
          label={t("format")}
          value={format}
          options={EXPORT_FORMAT_CHOICES.map(
            (one) => [one, one === "source" ? t("formatOfFile") : one] as const,
          )}
          onChange={(value) => setFormat(value as Format)}
        />
      </div>
      <div className="actions">
        <DownloadLink
          route="exportPruning"
          input={{ params: { id: pruningId }, query: { split, columns, format } }}
          stem={`${datasetName} ${t(`file-${split}`)}`.trim()}
          text={t("download")}
          isMain
        />
      </div>
    </section>
  );
}
