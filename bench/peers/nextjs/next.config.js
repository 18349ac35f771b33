export default {
  output: 'standalone',
  // The traced files are in this directory only.
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  // The style is in the HTML of the page: one round trip less before the rows are visible.
  experimental: { inlineCss: true },
};
