/** Small drawings for buttons: no icon font, nothing to load. */
import { svg } from "lit";

function icon(path: string) {
  return svg`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=${path} fill="currentColor"></path></svg>`;
}

export const icons = {
  play: icon("M4 2.5v11l9-5.5z"),
  pause: icon("M4 3h3v10H4zM9 3h3v10H9z"),
  back: icon("M11.5 3v10l-7-5zM3 3h1.6v10H3z"),
  on: icon("M4.5 3v10l7-5zM11.4 3H13v10h-1.600z"),
  fit: icon(
    "M2 2h5v1.600H3.600V7H2zM9 2h5v5h-1.600V3.600H9zM2 9h1.600v3.400H7V14H2zM12.400 9H14v5H9v-1.600h3.400z",
  ),
  follow: icon(
    "M7.200 1h1.600v3H7.200zM7.200 12h1.600v3H7.200zM1 7.200h3v1.600H1zM12 7.200h3v1.600h-3zM8 5.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z",
  ),
};
