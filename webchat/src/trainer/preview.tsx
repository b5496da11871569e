/** An answer as a customer sees it: in the widget's own style sheet, shut off from this page's. */

import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Avatar } from "../widget/messages";
import widgetStyle from "../widget/widget.css?inline";
import tokens from "../ui/tokens.css?inline";
import { t } from "./words";

const BOT = { kind: "bot", id: null, name: null } as const;

interface Props {
  readonly text: string;
  readonly language: string;
  readonly buttons?: readonly string[];
}

export function Preview({ text, language, buttons = [] }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const host = place.current;
    if (host === null) return;
    const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const sheets = [tokens, widgetStyle].map((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css.replaceAll(":root", ":host"));
      return sheet;
    });
    shadow.adoptedStyleSheets = sheets;
  }, []);
  useEffect(() => {
    const shadow = place.current?.shadowRoot;
    if (shadow === null || shadow === undefined) return;
    render(
      <>
        <div class="message bot first" lang={language}>
          <Avatar actor={BOT} />
          <div class="said">
            <p class="who">
              <span class="name">{t.who["bot"]}</span>
            </p>
            <p class="bubble" dir="auto">
              {text}
            </p>
          </div>
        </div>
        {buttons.length > 0 && (
          <div class="replies" lang={language}>
            {buttons.map((title) => (
              <span key={title} class="reply">
                {title}
              </span>
            ))}
          </div>
        )}
      </>,
      shadow,
    );
  }, [text, language, buttons.join("\n")]);
  return (
    <figure class="preview">
      <figcaption class="hint">{t.teach.preview}</figcaption>
      <div ref={place} class="preview-frame" />
    </figure>
  );
}
