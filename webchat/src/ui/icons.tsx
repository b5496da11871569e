/** Line icons, drawn here, on a 20 by 20 grid, one constant each. They decorate: the words are in the control's name. */

export const personIcon = "M10 10.2a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2ZM3.2 17c.5-3.2 3.3-5 6.8-5s6.3 1.8 6.8 5";
export const infoIcon = "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 9.2v4.3M10 6.4v.1";
export const closeIcon = "m5 5 10 10M15 5 5 15";
export const chevronDownIcon = "m4.5 7.5 5.5 5.5 5.5-5.5";
export const chevronLeftIcon = "M12.5 4.5 7 10l5.5 5.5";
export const sendIcon = "M4 10h10.5M10 5l5 5-5 5";
export const botIcon = "M6 7.5h8A2.5 2.5 0 0 1 16.5 10v3A2.5 2.5 0 0 1 14 15.5H6A2.5 2.5 0 0 1 3.5 13v-3A2.5 2.5 0 0 1 6 7.5ZM10 7.5v-3M7.5 11v1M12.5 11v1";
export const thumbUpIcon = "M6.5 9.5 9.2 4c1 0 1.7.8 1.5 1.8L10.3 8h4.2c.9 0 1.6.8 1.4 1.7l-.9 5c-.1.7-.7 1.3-1.5 1.3h-7M6.5 9.5H4V16h2.5";
export const thumbDownIcon = "M13.5 10.5 10.8 16c-1 0-1.7-.8-1.5-1.8l.4-2.2H5.5c-.9 0-1.6-.8-1.4-1.7l.9-5C5.1 4.6 5.7 4 6.5 4h7M13.5 10.5H16V4h-2.5";
export const checkIcon = "m4.5 10.5 3.5 3.5 7.5-8";
export const checksIcon = "m1.5 10.5 3.5 3.5 7-8M9.5 13.2l.8.8 7.5-8";
export const clockIcon = "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 5.8V10l2.8 1.8";
export const shieldIcon = "M10 2.8 4 5v4.5c0 3.7 2.5 6.5 6 7.7 3.5-1.2 6-4 6-7.7V5l-6-2.2ZM7.3 9.9l2 2 3.5-3.8";
export const warningIcon = "M10 3.2 2.8 16h14.4L10 3.2ZM10 8.3v3.4M10 13.8v.1";
export const downloadIcon = "M10 3.5v9M6.5 9.2 10 12.7l3.5-3.5M4 16h12";
export const inboxIcon = "M3.5 11.5 5.5 4.5h9l2 7v4h-13v-4ZM3.5 11.5h4c.3 1.3 1.2 2 2.5 2s2.2-.7 2.5-2h4";
export const boardIcon = "M4 16V9M8 16V4.5M12 16v-5M16 16V7";
export const peopleIcon = "M7.5 9.6a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2ZM2.3 16.3c.4-2.8 2.4-4.3 5.2-4.3s4.8 1.5 5.2 4.3M12.9 3.7a2.9 2.9 0 0 1 0 5.6M14.6 12.3c1.8.5 2.9 1.9 3.1 4";
export const signOutIcon = "M8 3.5H4.5v13H8M8 10h8.5M13.5 6.5 17 10l-3.5 3.5";
export const bellIcon = "M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-1.7 5-1.7 6h12.4c0-1-1.7-2-1.7-6A4.5 4.5 0 0 0 10 3ZM8.3 16.2a1.8 1.8 0 0 0 3.4 0";
export const blockIcon = "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM4.8 15.2 15.2 4.8";
export const linesIcon = "M4 5.5h12M4 10h8M4 14.5h10";
export const penIcon = "m4 16 .9-3.4 8.6-8.6a1.6 1.6 0 0 1 2.3 0l.2.2a1.6 1.6 0 0 1 0 2.3l-8.6 8.6L4 16ZM12 5.5 14.5 8";
export const searchIcon = "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13.2 13.2 17 17";
export const settingsIcon = "M3.5 6h7M14.5 6h2M3.5 14h2M9.5 14h7M12.5 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7.5 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z";
export const undoIcon = "M7 4.5 3.5 8 7 11.5M3.5 8h8a5 5 0 0 1 0 10H9";

export function Icon({ path, size = 20 }: { path: string; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={path} />
    </svg>
  );
}
