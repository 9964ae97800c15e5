/**
 * CodeMirror for JSON, loaded when somebody edits JSON (audits/task_types/json/field.js). It lives in a shadow root: there its
 * styles are constructed sheets, which the policy allows, where in the page they would be <style> elements, which it does not.
 */
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, redo, undo } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { HighlightStyle, bracketMatching, foldGutter, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, linter } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--accepted)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--fixed)" },
  { tag: tags.punctuation, color: "var(--ink-faint)" },
]);

const THEME = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface-raised)", fontSize: "var(--text-s)", borderRadius: "var(--radius-m)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", minBlockSize: "18rem" },
  ".cm-gutters": { backgroundColor: "var(--surface-sunken)", color: "var(--ink-faint)", borderInlineEnd: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in oklch, var(--accent-soft), transparent 55%)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-line)" },
  ".cm-cursor": { borderInlineStartColor: "var(--ink)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--surface-raised)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-diagnostic-error": { borderInlineStart: "4px solid var(--rejected-solid)" },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
});

/**
 * Typing over a selection: the browser would keep the colours of what goes in a style attribute, which the policy forbids with
 * an error in the console; so the change is made here and not in the page's text.
 */
function typeOver(event, view) {
  if (event.inputType !== "insertText" || event.data === null || view.composing) return false;
  const { from, to } = selectionOf(view);
  if (from === to) return false;
  event.preventDefault();
  view.dispatch({ changes: { from, to, insert: event.data }, selection: { anchor: from + event.data.length }, userEvent: "input.type", scrollIntoView: true });
  return true;
}

/** The page's selection may be newer than the editor's. */
function selectionOf(view) {
  const { main } = view.state.selection;
  const shown = view.root.getSelection?.();
  if (!main.empty || !shown?.anchorNode || !view.contentDOM.contains(shown.anchorNode)) return main;
  const [one, other] = [view.posAtDOM(shown.anchorNode, shown.anchorOffset), view.posAtDOM(shown.focusNode, shown.focusOffset)];
  return { from: Math.min(one, other), to: Math.max(one, other) };
}

/** What is typed here is no shortcut of the page; but submitting and the palette are. */
const PASSES = (event) => (event.ctrlKey || event.metaKey) && ["Enter", "k"].includes(event.key);

/**
 * `problems(text)` gives [{line, text}]; `changed(text)` hears of every change. Tab leaves the field, as everywhere on the page;
 * Ctrl/Cmd+] and Ctrl/Cmd+[ indent.
 */
export function openCode(host, { text, label, problems, changed }) {
  const root = host.shadowRoot || host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const lint = linter((view) => problems(view.state.doc.toString()).map((one) => {
    const line = view.state.doc.line(Math.min(Math.max(1, one.line), view.state.doc.lines));
    return { from: line.from, to: line.to, severity: "error", message: one.text };
  }), { delay: 200 });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: text, extensions: [
      lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), highlightActiveLine(), indentOnInput(), bracketMatching(), highlightSelectionMatches(), search({ top: true }),
      json(), indentUnit.of("  "), syntaxHighlighting(COLOURS), THEME, lint, EditorView.lineWrapping,
      EditorView.domEventHandlers({ beforeinput: typeOver }),
      EditorView.contentAttributes.of({ "aria-label": label }),
      keymap.of([{ key: "Mod-]", run: indentMore }, { key: "Mod-[", run: indentLess }, ...defaultKeymap.filter((one) => one.key !== "Mod-Enter"), ...searchKeymap, ...historyKeymap, ...lintKeymap]),
      EditorView.updateListener.of((update) => update.docChanged && !setting && changed(update.state.doc.toString())),
    ] }),
  });
  let setting = false;
  const stop = (event) => { if (!PASSES(event)) event.stopPropagation(); };
  host.addEventListener("keydown", stop);
  return {
    set(value) {
      if (value === view.state.doc.toString()) return;
      setting = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
      setting = false;
    },
    focus: () => view.focus(),
    undo: () => undo(view),
    redo: () => redo(view),
    destroy: () => { host.removeEventListener("keydown", stop); view.destroy(); },
  };
}
