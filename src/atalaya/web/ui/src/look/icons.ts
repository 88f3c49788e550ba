/** Small drawings for buttons: no icon font, nothing to load. */
import { svg } from "lit";

function icon(path: string) {
  return svg`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=${path} fill="currentColor" fill-rule="evenodd"></path></svg>`;
}

export const icons = {
  play: icon("M4 2.5v11l9-5.5z"),
  pause: icon("M4 3h3v10H4zM9 3h3v10H9z"),
  back: icon("M11.5 3v10l-7-5zM3 3h1.6v10H3z"),
  on: icon("M4.5 3v10l7-5zM11.4 3H13v10h-1.600z"),
  fit: icon(
    "M2 2h5v1.600H3.600V7H2zM9 2h5v5h-1.600V3.600H9zM2 9h1.600v3.400H7V14H2zM12.400 9H14v5H9v-1.600h3.400z",
  ),
  whole: icon(
    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM7 10.800l4.200-4.200-1.100-1.100L7 8.600 5.600 7.200 4.500 8.300z",
  ),
  attention: icon("M8 1.500 15.200 14H.8zM7.200 6v4h1.600V6zM7.200 11v1.600h1.600V11z"),
  damaged: icon(
    "M8 1.500 14.500 8 8 14.500 1.500 8zM5.600 6.700 6.900 8 5.600 9.300l1.100 1.100L8 9.100l1.300 1.300 1.100-1.100L9.100 8l1.300-1.300-1.100-1.100L8 6.900 6.700 5.600z",
  ),
  older: icon(
    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zm0 1.600a4.400 4.400 0 1 0 0 8.800 4.400 4.400 0 0 0 0-8.800zM7.300 5h1.500v2.800l2 1.200-.8 1.200-2.700-1.600z",
  ),
  none: icon(
    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zm0 1.600A4.400 4.400 0 0 0 4.400 10.500l6.100-6.100A4.400 4.400 0 0 0 8 3.600zm3.600 1.900-6.100 6.100a4.400 4.400 0 0 0 6.100-6.100z",
  ),
  close: icon(
    "M3.600 2.500 8 6.900l4.400-4.400 1.100 1.100L9.100 8l4.400 4.400-1.100 1.100L8 9.100l-4.400 4.400-1.100-1.100L6.900 8 2.500 3.600z",
  ),
  follow: icon(
    "M7.200 1h1.600v3H7.200zM7.200 12h1.600v3H7.200zM1 7.200h3v1.600H1zM12 7.200h3v1.600h-3zM8 5.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z",
  ),
};
