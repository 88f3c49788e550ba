/** How a stream is, at a glance: a sign, a word and a colour. */
import { css, html } from "lit";
import type { Health } from "../api/client";
import { icons } from "../look/icons";

const SIGNS = { ok: icons.whole, attention: icons.attention, damaged: icons.damaged } as const;

/** The same signs where only text goes, as in a list of choices. */
export const HEALTH_MARK: Readonly<Record<Health, string>> = { ok: "", attention: "▲ ", damaged: "✖ " };

export function badge(health: Health, word: string) {
  return html`<span class="badge ${health}">${SIGNS[health]}<span>${word}</span></span>`;
}

export const badgeStyle = css`
  .badge {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 1px 8px 1px 5px;
    font-size: 12px;
    font-weight: 600;
    white-space: nowrap;
    color: var(--badge);
    background: color-mix(in srgb, var(--badge) 13%, transparent);
    border: 1px solid color-mix(in srgb, var(--badge) 45%, transparent);
    border-radius: 10px;
  }
  .badge svg {
    width: 14px;
    height: 14px;
  }
  .badge.ok {
    --badge: var(--good);
  }
  .badge.attention {
    --badge: var(--warn);
  }
  .badge.damaged {
    --badge: var(--bad);
  }
`;
