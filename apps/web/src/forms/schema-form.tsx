import { useMemo } from "react";
import type { z } from "zod";
import { Choice, NumberInput } from "../elements/fields.js";
import { useTexts } from "../texts/texts.js";
import { fieldsOf, type SchemaField } from "./schema-fields.js";

export type FormValues = Readonly<Record<string, string | number | boolean>>;

/** A form made from a schema of the contract. What is left alone is left out, and the service decides. */
export function SchemaForm({
  schema,
  names,
  values,
  onChange,
}: {
  readonly schema: z.ZodType;
  readonly names?: readonly string[];
  readonly values: FormValues;
  readonly onChange: (values: FormValues) => void;
}) {
  const fields = useMemo(() => fieldsOf(schema, names), [schema, names]);
  const set = (name: string, value: string | number | boolean | undefined) => {
    const { [name]: _, ...rest } = values;
    onChange(value === undefined ? rest : { ...rest, [name]: value });
  };
  return (
    <div className="fields">
      {fields.map((field) => (
        <OneField
          key={field.name}
          field={field}
          value={values[field.name]}
          onChange={(value) => set(field.name, value)}
        />
      ))}
    </div>
  );
}

/** `keepAtLeastPerClass` -> `Keep at least per class` */
const titleOf = (name: string): string => {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};

function OneField({
  field,
  value,
  onChange,
}: {
  readonly field: SchemaField;
  readonly value: string | number | boolean | undefined;
  readonly onChange: (value: string | number | boolean | undefined) => void;
}) {
  const t = useTexts();
  const frame = { label: titleOf(field.name), help: field.help };
  if (field.kind === "number") {
    return (
      <NumberInput
        {...frame}
        value={typeof value === "number" ? value : undefined}
        onChange={onChange}
        min={field.min}
        max={field.max}
        step={field.isInteger ? 1 : "any"}
        placeholder={field.standard === undefined ? t("defaultChoice") : String(field.standard)}
      />
    );
  }
  const standard =
    field.standard === undefined ? t("defaultChoice") : `${t("defaultChoice")}: ${field.standard}`;
  if (field.kind === "switch") {
    return (
      <Choice
        {...frame}
        value={value === undefined ? "" : String(value)}
        options={[
          ["", standard],
          ["true", t("yes")],
          ["false", t("no")],
        ]}
        onChange={(chosen) => onChange(chosen === "" ? undefined : chosen === "true")}
      />
    );
  }
  return (
    <Choice
      {...frame}
      value={typeof value === "string" ? value : ""}
      options={[["", standard], ...field.options.map((option) => [option, option] as const)]}
      onChange={(chosen) => onChange(chosen === "" ? undefined : chosen)}
    />
  );
}
