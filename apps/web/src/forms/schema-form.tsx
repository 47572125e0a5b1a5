import { useId, useState } from "react";
import { Choice, NumberInput, TextInput } from "../elements/fields.js";
import { useTexts } from "../texts/texts.js";
import { IdField } from "./id-field.js";
import { JsonField, TextsField } from "./json-field.js";
import {
  fieldsOf,
  fits,
  type GroupNode,
  type JsonObject,
  type JsonValue,
  optionOf,
  type SchemaField,
  type SchemaNode,
  startOf,
} from "./schema-node.js";

/** What is wrong with a value, by its pointer: `/source/uploadId`. */
export type Faults = ReadonlyMap<string, string>;
const NO_FAULTS: Faults = new Map();

/** A form made from a schema of the contract. What is left alone is left out, and the service decides. */
export function SchemaForm({
  form,
  value,
  onChange,
  faults = NO_FAULTS,
  pointer = "",
}: {
  readonly form: GroupNode;
  readonly value: JsonObject;
  readonly onChange: (value: JsonObject) => void;
  readonly faults?: Faults;
  readonly pointer?: string;
}) {
  const set = (name: string, next: JsonValue | undefined) => {
    const { [name]: _, ...rest } = value;
    onChange(next === undefined ? rest : { ...rest, [name]: next });
  };
  // What tells the options of a union apart is chosen above it.
  const shown = fieldsOf(form, value).filter(({ node }) => node.kind !== "constant");
  const isSimple = ({ node }: SchemaField) => node.kind !== "group" && node.kind !== "union";
  const one = (field: SchemaField) => (
    <OneField
      key={field.name}
      field={field}
      value={value[field.name]}
      onChange={(next) => set(field.name, next)}
      faults={faults}
      pointer={`${pointer}/${field.name}`}
    />
  );
  const simple = shown.filter(isSimple);
  return (
    <div className="stack">
      {simple.length > 0 && <div className="fields">{simple.map(one)}</div>}
      {shown.filter((field) => !isSimple(field)).map(one)}
    </div>
  );
}

/** `keepAtLeastPerClass` -> `Keep at least per class` */
export const titleOf = (name: string): string => {
  const words = name
    .replace(
      /([a-z0-9])([A-Z])/g,
      (_, before: string, letter: string) => `${before} ${letter.toLowerCase()}`,
    )
    .replace(/ upload id$| id$/, "");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};

interface FieldProps {
  readonly field: SchemaField;
  readonly value: JsonValue | undefined;
  readonly onChange: (value: JsonValue | undefined) => void;
  readonly faults: Faults;
  readonly pointer: string;
}

function OneField({ field, value, onChange, faults, pointer }: FieldProps) {
  const t = useTexts();
  const { node, isRequired, standard } = field;
  const frame = { label: titleOf(field.name), help: node.help, fault: faults.get(pointer) };
  const unset =
    typeof standard === "string" || typeof standard === "number" || typeof standard === "boolean"
      ? `${t("defaultChoice")}: ${standard}`
      : t("defaultChoice");
  if (node.kind === "number") {
    return (
      <NumberInput
        {...frame}
        value={typeof value === "number" ? value : undefined}
        onChange={onChange}
        min={node.min}
        max={node.max}
        step={node.step}
        placeholder={isRequired ? "" : standard === undefined ? unset : String(standard)}
      />
    );
  }
  if (node.kind === "choice") {
    const options = node.options.map((option) => [String(option), String(option)] as const);
    return (
      <Choice
        {...frame}
        value={value === undefined ? "" : String(value)}
        options={isRequired ? options : [["", unset], ...options]}
        onChange={(chosen) => onChange(node.options.find((option) => String(option) === chosen))}
      />
    );
  }
  if (node.kind === "switch") {
    return (
      <Choice
        {...frame}
        value={value === undefined ? "" : String(value)}
        options={[
          ["", unset],
          ["true", t("yes")],
          ["false", t("no")],
        ]}
        onChange={(chosen) => onChange(chosen === "" ? undefined : chosen === "true")}
      />
    );
  }
  if (node.kind === "text") {
    return (
      <TextInput
        {...frame}
        value={typeof value === "string" ? value : ""}
        placeholder={isRequired ? "" : unset}
        onChange={(text) => onChange(text === "" ? undefined : text)}
      />
    );
  }
  if (node.kind === "id") {
    const held = typeof value === "string" ? value : "";
    return <IdField {...frame} of={node.of} value={held} onChange={onChange} />;
  }
  if (node.kind === "texts") return <TextsField {...frame} value={value} onChange={onChange} />;
  if (node.kind === "group") {
    return <Group field={field} node={node} {...{ value, onChange, faults, pointer }} />;
  }
  if (node.kind === "union") {
    return <Union field={field} node={node} {...{ value, onChange, faults, pointer }} />;
  }
  return <JsonField {...frame} value={value} onChange={onChange} />;
}

const objectOf = (value: JsonValue | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** An object inside: open where it has to be filled in, else behind its name. */
function Group({
  field: { name, isRequired },
  node,
  value,
  onChange,
  ...place
}: FieldProps & { readonly node: GroupNode }) {
  const form = (
    <>
      {node.help && <p className="dim small">{node.help}</p>}
      <SchemaForm
        form={node}
        value={objectOf(value)}
        onChange={(next) =>
          onChange(!isRequired && Object.keys(next).length === 0 ? undefined : next)
        }
        {...place}
      />
    </>
  );
  if (!isRequired) {
    return (
      <details className="group">
        <summary>{titleOf(name)}</summary>
        {form}
      </details>
    );
  }
  return (
    <fieldset className="group">
      <legend>{titleOf(name)}</legend>
      {form}
    </fieldset>
  );
}

/** One of several kinds of value, and then what that kind needs. */
function Union({
  field: { name, isRequired, standard },
  node,
  value,
  onChange,
  faults,
  pointer,
}: FieldProps & { readonly node: Extract<SchemaNode, { kind: "union" }> }) {
  const t = useTexts();
  const label = useId();
  // A number that is not there yet does not say which option was chosen.
  const [chosen, setChosen] = useState<number | null>(() =>
    value === undefined ? (isRequired ? 0 : null) : optionOf(node.options, value),
  );
  const isStale = value !== undefined && (chosen === null || !fits(node.options[chosen]!, value));
  const index = isStale ? optionOf(node.options, value) : chosen;
  const option = index === null ? undefined : node.options[index];
  const choose = (text: string) => {
    const next = text === "" ? null : Number(text);
    setChosen(next);
    onChange(next === null ? undefined : startOf(node.options[next]!));
  };
  const unset =
    typeof standard === "string" ? `${t("defaultChoice")}: ${standard}` : t("defaultChoice");
  const names = node.options.map((one, i) => [String(i), optionName(one, t)] as const);
  return (
    <fieldset className="group" aria-labelledby={label}>
      <div className="fields">
        <Choice
          label={titleOf(name)}
          labelId={label}
          help={node.help}
          fault={faults.get(pointer)}
          value={index === null ? "" : String(index)}
          options={isRequired ? names : [["", unset], ...names]}
          onChange={choose}
        />
      </div>
      {option?.kind === "group" && (
        <>
          {option.help && <p className="dim small">{option.help}</p>}
          <SchemaForm
            form={option}
            value={objectOf(value ?? startOf(option))}
            onChange={onChange}
            faults={faults}
            pointer={pointer}
          />
        </>
      )}
      {option !== undefined && option.kind !== "group" && option.kind !== "constant" && (
        <div className="fields">
          <OneField
            field={{
              name: optionName(option, t),
              isRequired: true,
              standard: undefined,
              node: option,
            }}
            {...{ value, onChange, faults, pointer }}
          />
        </div>
      )}
    </fieldset>
  );
}

/** `upload` of `{ type: "upload", uploadId }`, `linear, cosine` of a type that is one of two, or what it is. */
function optionName(node: SchemaNode, t: ReturnType<typeof useTexts>): string {
  if (node.kind === "group") {
    for (const { isRequired, node: inner } of node.fields) {
      if (inner.kind === "constant") return String(inner.value);
      if (inner.kind === "choice" && isRequired) return inner.options.join(", ");
    }
  }
  if (node.kind === "constant") return String(node.value);
  if (node.title !== null) return titleOf(node.title);
  return t(`entry-${node.kind}`);
}
