import { useId, useState } from "react";
import { Button } from "react-aria-components";
import { Choice } from "../elements/fields.js";
import { useTexts } from "../texts/texts.js";
import type { FieldProps, FormParts } from "./field-props.js";
import { titleOf } from "./field-title.js";
import {
  fits,
  type GroupNode,
  type JsonObject,
  type JsonValue,
  optionOf,
  type SchemaNode,
  startOf,
} from "./schema-node.js";

interface NestedProps extends FieldProps {
  readonly parts: FormParts;
}

const objectOf = (value: JsonValue | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** An object inside: open where it has to be filled in, else behind its name. */
export function GroupField({
  field: { name, isRequired },
  node,
  value,
  onChange,
  parts,
  ...place
}: NestedProps & { readonly node: GroupNode }) {
  const t = useTexts();
  const form = (
    <>
      {node.help && <p className="dim small">{node.help}</p>}
      <parts.Form
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
        <summary>{titleOf(name, t.language)}</summary>
        {form}
      </details>
    );
  }
  return (
    <fieldset className="group">
      <legend>{titleOf(name, t.language)}</legend>
      {form}
    </fieldset>
  );
}

/** One of several kinds of value, and then what that kind needs. */
export function UnionField({
  field: { name, isRequired, standard },
  node,
  value,
  onChange,
  faults,
  pointer,
  parts,
}: NestedProps & { readonly node: Extract<SchemaNode, { kind: "union" }> }) {
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
          label={titleOf(name, t.language)}
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
          <parts.Form
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
          <parts.Field
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

/** Any number of objects, each with a form of its own. */
export function ListField({
  field: { name, standard },
  node,
  value,
  onChange,
  faults,
  pointer,
  parts,
}: NestedProps & { readonly node: Extract<SchemaNode, { kind: "list" }> }) {
  const t = useTexts();
  // What is left alone stands as the service has it by default.
  const items = Array.isArray(value) ? value : Array.isArray(standard) ? standard : [];
  const title = titleOf(name, t.language);
  const set = (i: number, next: JsonValue) =>
    onChange(items.map((item, place) => (place === i ? next : item)));
  return (
    <fieldset className="group">
      <legend>{title}</legend>
      {node.help && <p className="dim small">{node.help}</p>}
      {items.map((item, i) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place in the list
          key={`${i} of ${items.length}`}
          className="stack"
        >
          <parts.Field
            field={{
              name: `${name} ${i + 1}`,
              isRequired: true,
              standard: undefined,
              node: node.item,
            }}
            value={item}
            onChange={(next) => set(i, next ?? {})}
            faults={faults}
            pointer={`${pointer}/${i}`}
          />
          <p>
            <Button
              className="button small"
              onPress={() => onChange(items.filter((_, place) => place !== i))}
            >
              {t("removeItem", { name: `${title} ${i + 1}` })}
            </Button>
          </p>
        </div>
      ))}
      <Button
        className="button small"
        onPress={() => {
          const first = node.item.kind === "union" ? node.item.options[0]! : node.item;
          onChange([...items, startOf(first) ?? {}]);
        }}
      >
        {t("addItem")}
      </Button>
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
  if (node.title !== null) return titleOf(node.title, t.language);
  return t(`entry-${node.kind}`);
}
