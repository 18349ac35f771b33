/** Prints what a storm has counted. */
export const figures = (storm: string, found: Record<string, number>) =>
  console.log(`${storm}: ${Object.entries(found).map(([what, count]) => `${count.toLocaleString('en-IN')} ${what}`).join(', ')}`);
