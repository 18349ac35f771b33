export default {
  output: 'standalone',
  // The files that are served belong to this directory alone.
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  // The one page's style stands in its HTML: one round trip less before the rows are seen.
  experimental: { inlineCss: true },
};
