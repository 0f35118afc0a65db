// The time of day as everywhere on the pages, with hours from 0 to 23, in the browser's time zone: see `times.py`.
const format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }); // made once: that takes longer than to use it

export const clockTime = (moment) => format.format(new Date(moment));
