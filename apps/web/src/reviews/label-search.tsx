import {
  Autocomplete,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  SearchField,
  useFilter,
} from "react-aria-components";
import { Overlay } from "../elements/dialog.js";
import { useTexts } from "../texts/texts.js";

/** Any class by a part of its name; of paths, the parents stand before it. */
export function LabelSearch({
  isOpen,
  names,
  onClose,
  onChoose,
}: {
  readonly isOpen: boolean;
  readonly names: readonly string[];
  readonly onClose: () => void;
  readonly onChoose: (label: string) => void;
}) {
  const t = useTexts();
  const { contains } = useFilter({ sensitivity: "base" });
  const sorted = [...names].sort((a, b) => a.localeCompare(b));
  return (
    <Overlay title={t("otherLabel")} isOpen={isOpen} onClose={onClose}>
      <Autocomplete filter={contains}>
        <SearchField className="field" autoFocus>
          <Label>{t("label")}</Label>
          <Input />
        </SearchField>
        <ListBox
          className="label-list"
          aria-label={t("classes")}
          items={sorted.map((name) => ({ id: name, name }))}
          onAction={(key) => onChoose(String(key))}
          renderEmptyState={() => <p className="empty">{t("nothing")}</p>}
        >
          {({ id, name }) => (
            <ListBoxItem id={id} textValue={name} className="label-item">
              <span className="dim theirs">{name.slice(0, name.lastIndexOf("/") + 1)}</span>
              <span className="theirs">{name.slice(name.lastIndexOf("/") + 1)}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Autocomplete>
    </Overlay>
  );
}
