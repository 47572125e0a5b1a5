import {
  type DatasetFormat,
  DatasetIngestParams,
  RequestedFormat,
  type UploadPreview,
} from "@winnow/contracts";
import { useMemo, useState } from "react";
import { Button } from "react-aria-components";
import { Bars } from "../charts/bars.js";
import { Choice, TextInput } from "../elements/fields.js";
import { Fault, Loaded, Warnings } from "../elements/parts.js";
import { TableBox } from "../elements/table-box.js";
import { SchemaForm } from "../forms/schema-form.js";
import { formOf, type JsonObject, without } from "../forms/schema-node.js";
import { useAction, useCall } from "../service/queries.js";
import { rejectText, useTexts } from "../texts/texts.js";

type Format = RequestedFormat;

const TYPES = RequestedFormat.shape.type.options;
const AUTO: Format = { type: "auto" };
const SHOWN_COLUMNS = ["type", "textColumn", "labelColumn", "trueLabelColumn"];
const OF_THE_PAGE = ["name", "source", "format", "noise"];
const PREVIEW_ROWS = 20;
const CLASSES_SHOWN = 12;

/** The start of a file as it would be read; what is guessed can be changed before it is. */
export default function PreviewCard({
  uploadId,
  fileName,
  knownFormat,
  onIngest,
}: {
  readonly uploadId: string;
  readonly fileName: string;
  readonly knownFormat: DatasetFormat | undefined;
  readonly onIngest: (datasetId: string) => void;
}) {
  const t = useTexts();
  const [format, setFormat] = useState<Format | undefined>(knownFormat);
  const [name, setName] = useState(fileName.replace(/\.[^.]*$/, "") || fileName);
  const [options, setOptions] = useState<JsonObject>({});
  const body = { rows: PREVIEW_ROWS, ...(format ? { format } : {}) };
  const preview = useCall("previewUpload", { params: { id: uploadId }, body }, { keep: true });
  const ingest = useAction("createDatasetIngest", ["listDatasets", "listJobs"]);
  const start = (read: UploadPreview) =>
    ingest.run(
      {
        body: {
          ...options,
          name: name.trim(),
          source: { type: "upload", uploadId },
          ...(read.format ? { format: read.format } : {}),
        },
      },
      (job) => onIngest(String(job.datasetId)),
    );
  // What was chosen stays when the service cannot read the file that way.
  const shown = preview.data;
  return (
    <>
      {preview.error && <Fault error={preview.error} retry={() => preview.refetch()} />}
      {preview.error && !shown && (
        <section className="card">
          <FormatChoice format={format} read={undefined} onChange={setFormat} />
        </section>
      )}
      {(shown || !preview.error) && (
        <Loaded from={preview}>
          {(read) => (
            <>
              <section className="card">
                <h2>{t("previewTitle")}</h2>
                <p className="dim">
                  {read.format?.type ?? t("unknown")} ·{" "}
                  {read.guessed
                    ? t("guess", { share: t.percent(read.confidence, 0) })
                    : t("chosen")}
                  {read.encoding !== "utf-8" && ` · ${read.encoding}`}
                  {read.compression !== "none" && ` · ${read.compression}`}
                </p>
                <FormatChoice
                  format={format ?? read.format ?? undefined}
                  read={read}
                  onChange={setFormat}
                />
                <MoreSettings
                  format={format ?? read.format ?? AUTO}
                  options={options}
                  onFormat={setFormat}
                  onOptions={setOptions}
                />
                {read.problem && <p className="warning theirs">{read.problem.message}</p>}
                <Warnings items={read.warnings} />
              </section>
              <div className="grid-2">
                <Classes read={read} />
                <Rejects read={read} />
              </div>
              <Rows read={read} />
              {ingest.error && <Fault error={ingest.error} />}
              <section className="card spread sticky-action">
                <div style={{ flex: "1 1 220px" }}>
                  <TextInput label={t("datasetName")} value={name} onChange={setName} />
                </div>
                <Button
                  className="button main"
                  isDisabled={name.trim() === "" || read.format === null || ingest.isPending}
                  onPress={() => start(read)}
                >
                  {t("readFile")}
                </Button>
              </section>
            </>
          )}
        </Loaded>
      )}
    </>
  );
}

/** Which format, and which of its columns hold what. */
function FormatChoice({
  format,
  read,
  onChange,
}: {
  readonly format: Format | undefined;
  readonly read: UploadPreview | undefined;
  readonly onChange: (format: Format) => void;
}) {
  const t = useTexts();
  const columns = read?.columns ?? null;
  const type = format?.type ?? "auto";
  const column = (
    key: "textColumn" | "labelColumn" | "trueLabelColumn",
    none: string | null,
  ): React.ReactNode => {
    if (columns === null) return null;
    const held = format?.[key];
    const value = typeof held === "number" ? (columns[held] ?? "") : (held ?? "");
    const options = columns.map((name) => [name, name] as const);
    const empty = none === null && value !== "" ? [] : [["", none ?? "–"] as const];
    return (
      <Choice
        label={t(key)}
        value={value}
        options={[...empty, ...options]}
        onChange={(chosen) => {
          const { [key]: _, ...rest } = format ?? { type };
          onChange(chosen === "" ? rest : { ...rest, [key]: chosen });
        }}
      />
    );
  };
  return (
    <div className="fields">
      <Choice
        label={t("format")}
        value={type}
        options={TYPES.map((one) => [one, one] as const)}
        // Another format has other columns.
        onChange={(chosen) => onChange({ type: chosen as Format["type"] })}
      />
      {column("textColumn", null)}
      {column("labelColumn", null)}
      {column("trueLabelColumn", t("noColumn"))}
    </div>
  );
}

/** How a file of this kind is written, and what else an ingest can be told. */
function MoreSettings({
  format,
  options,
  onFormat,
  onOptions,
}: {
  readonly format: Format;
  readonly options: JsonObject;
  readonly onFormat: (format: Format) => void;
  readonly onOptions: (options: JsonObject) => void;
}) {
  const t = useTexts();
  const forms = useMemo(
    () => ({
      format: without(formOf(RequestedFormat), SHOWN_COLUMNS),
      ingest: without(formOf(DatasetIngestParams), OF_THE_PAGE),
    }),
    [],
  );
  return (
    <details style={{ marginTop: 14 }}>
      <summary>{t("moreSettings")}</summary>
      <SchemaForm
        form={forms.format}
        value={format as unknown as JsonObject}
        onChange={(next) => onFormat(next as unknown as Format)}
      />
      <h3 style={{ margin: "16px 0 8px" }}>{t("kind-dataset-ingest")}</h3>
      <SchemaForm form={forms.ingest} value={options} onChange={onOptions} />
    </details>
  );
}

function Classes({ read }: { readonly read: UploadPreview }) {
  const t = useTexts();
  const top = [...read.classes].sort((a, b) => b.count - a.count).slice(0, CLASSES_SHOWN);
  return (
    <section className="card">
      <h2>{t("classesSeen", { count: read.classes.length, rows: read.rowsLooked })}</h2>
      <Bars items={top.map(({ name, count }) => ({ name, value: count, text: t.number(count) }))} />
    </section>
  );
}

function Rejects({ read }: { readonly read: UploadPreview }) {
  const t = useTexts();
  const { rejects } = read;
  return (
    <section className="card">
      <h2>{rejects.length === 0 ? t("noRejects") : t("rejectsSeen", { count: rejects.length })}</h2>
      {rejects.length > 0 && (
        <TableBox label={t("rejects")} className="preview-table">
          <table>
            <thead>
              <tr>
                <th className="number">{t("line")}</th>
                <th>{t("reason")}</th>
                <th>{t("excerpt")}</th>
              </tr>
            </thead>
            <tbody>
              {rejects.map(({ line, reason, detail, excerpt }) => (
                <tr key={`${line} ${reason}`}>
                  <td className="number">{t.number(line)}</td>
                  <td title={detail}>{rejectText(reason, t)}</td>
                  <td>
                    <span className="clip theirs">{excerpt}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </section>
  );
}

function Rows({ read }: { readonly read: UploadPreview }) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("firstRows")}</h2>
      <TableBox className="preview-table" label={t("firstRows")}>
        <table>
          <thead>
            <tr>
              <th className="number">{t("line")}</th>
              <th>{t("text")}</th>
              <th>{t("label")}</th>
            </tr>
          </thead>
          <tbody>
            {read.samples.map(({ line, text, label }) => (
              <tr key={line}>
                <td className="number">{t.number(line)}</td>
                <td>
                  <span className="clip theirs">{text}</span>
                </td>
                <td className="theirs">{label}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
