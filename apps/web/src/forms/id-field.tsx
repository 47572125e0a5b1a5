import type { IdKind } from "@winnow/contracts";
import { useId, useRef, useState } from "react";
import { Choice, TextInput } from "../elements/fields.js";
import { Meter } from "../elements/parts.js";
import { service } from "../service/client.js";
import { useAll } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

interface IdProps {
  readonly label: string;
  readonly help: string | undefined;
  readonly fault: string | undefined;
  readonly value: string;
  readonly onChange: (id: string | undefined) => void;
}

/** What an id stands for is chosen by its name; a file is uploaded at once. */
export function IdField({ of, ...props }: IdProps & { readonly of: IdKind }) {
  if (of === "upload") return <UploadField {...props} />;
  if (of === "dataset") return <DatasetField {...props} />;
  if (of === "crossValidation") return <RunField {...props} />;
  if (of === "pruning") return <PruningField {...props} />;
  return <TextInput {...props} onChange={(text) => props.onChange(text || undefined)} />;
}

function Pick({
  options,
  onChange,
  ...props
}: IdProps & { readonly options: readonly (readonly [id: string, name: string])[] }) {
  const t = useTexts();
  const { value } = props;
  const isListed = value === "" || options.some(([id]) => id === value);
  return (
    <Choice
      {...props}
      options={[["", t("choose")], ...options, ...(isListed ? [] : [[value, value] as const])]}
      onChange={(id) => onChange(id || undefined)}
    />
  );
}

function useDatasetNames(): ReadonlyMap<string, string> {
  const { data = [] } = useAll("listDatasets", {});
  return new Map(data.map(({ id, name }) => [id, name]));
}

function DatasetField(props: IdProps) {
  return <Pick {...props} options={[...useDatasetNames()]} />;
}

function RunField(props: IdProps) {
  const t = useTexts();
  const names = useDatasetNames();
  const { data = [] } = useAll("listCrossValidations", {});
  return (
    <Pick
      {...props}
      options={data.map(
        ({ id, datasetId, createdAt }) =>
          [id, `${names.get(datasetId) ?? datasetId} · ${t.time(createdAt)}`] as const,
      )}
    />
  );
}

function PruningField(props: IdProps) {
  const t = useTexts();
  const names = useDatasetNames();
  const { data = [] } = useAll("listPrunings", { query: { state: "ready" } });
  return (
    <Pick
      {...props}
      options={data.map(
        ({ id, datasetId, flagged, createdAt }) =>
          [
            id,
            `${names.get(datasetId) ?? datasetId} · ${t("flagged")} ${t.number(flagged ?? 0)} · ${t.time(createdAt)}`,
          ] as const,
      )}
    />
  );
}

/** A file of this machine, sent in parts; the field holds the upload's id. */
function UploadField({ label, help, fault, value, onChange }: IdProps) {
  const t = useTexts();
  const id = useId();
  const [name, setName] = useState<string | null>(null);
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<string | null>(null);
  const ending = useRef<AbortController | null>(null);
  const send = async (file: File | undefined) => {
    if (file === undefined) return;
    ending.current?.abort();
    const controller = new AbortController();
    ending.current = controller;
    onChange(undefined);
    setError(null);
    setName(file.name);
    setShare(0);
    try {
      const upload = await service().uploadFile(file, {
        signal: controller.signal,
        onProgress: (received, total) => setShare(total === 0 ? 1 : received / total),
      });
      onChange(upload.id);
    } catch (failed) {
      if (!controller.signal.aborted) setError((failed as Error).message);
    } finally {
      if (ending.current === controller) setShare(null);
    }
  };
  const said = error ?? fault;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="file"
        aria-describedby={`${id}-more`}
        onChange={(event) => void send(event.target.files?.[0])}
      />
      {share !== null && <Meter share={share} label={t("uploading", { name: name ?? "" })} thin />}
      <span id={`${id}-more`} className={said ? "fault" : "help"}>
        {said ?? help}
        {!said && value !== "" && ` ✓ ${value}`}
      </span>
    </div>
  );
}
