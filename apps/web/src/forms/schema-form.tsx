import { Choice, NumberInput, TextInput } from "../elements/fields.js";
import { useTexts } from "../texts/texts.js";
import type { Faults, FieldProps, FormParts, FormProps } from "./field-props.js";
import { titleOf } from "./field-title.js";
import { IdField } from "./id-field.js";
import { JsonField, TextsField } from "./json-field.js";
import { GroupField, ListField, UnionField } from "./nested-fields.js";
import { fieldsOf, type JsonValue, type SchemaField } from "./schema-node.js";

const NO_FAULTS: Faults = new Map();

/** A form made from a schema of the contract. What is left alone is left out, and the service decides. */
export function SchemaForm({ form, value, onChange, faults = NO_FAULTS, pointer = "" }: FormProps) {
  const set = (name: string, next: JsonValue | undefined) => {
    const { [name]: _, ...rest } = value;
    onChange(next === undefined ? rest : { ...rest, [name]: next });
  };
  // What tells the options of a union apart is chosen above it.
  const shown = fieldsOf(form, value).filter(({ node }) => node.kind !== "constant");
  const isSimple = ({ node }: SchemaField) => !["group", "union", "list"].includes(node.kind);
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

function OneField({ field, value, onChange, faults, pointer }: FieldProps) {
  const t = useTexts();
  const { node, isRequired, standard } = field;
  const frame = {
    label: titleOf(field.name, t.language),
    help: node.help,
    fault: faults.get(pointer),
  };
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
  const place = { value, onChange, faults, pointer, parts: PARTS };
  if (node.kind === "group") return <GroupField field={field} node={node} {...place} />;
  if (node.kind === "union") return <UnionField field={field} node={node} {...place} />;
  if (node.kind === "list") return <ListField field={field} node={node} {...place} />;
  return <JsonField {...frame} value={value} standard={standard} onChange={onChange} />;
}

const PARTS: FormParts = { Form: SchemaForm, Field: OneField };
