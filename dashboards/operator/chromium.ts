/** The browser that the console's pictures and tests use. */
export const CHROMIUM = {
  executablePath: "/usr/bin/chromium",
  // There is no graphics card; a process of its own that draws in software costs a fifth more processor time.
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--in-process-gpu"],
};
