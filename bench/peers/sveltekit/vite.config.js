import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ out: 'out' }),
      // The style is in the HTML of the page, and its script is one file: fewer round trips on a first visit.
      inlineStyleThreshold: 8192,
    }),
  ],
});
