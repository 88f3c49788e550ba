"""How a paper is laid out, in typst. It holds no text: everything it prints comes from `data.json`."""

TEMPLATE = r"""
#let d = json("data.json")
#let ink = rgb("#12263a")
#let alarm = rgb("#a00000")
#let quiet = rgb("#5b6770")
#let line-colour = rgb("#b8c2cc")

#set document(title: d.title, author: "Atalaya", keywords: (d.dossier, d.site))
#set text(font: "Libertinus Serif", size: 10pt, lang: d.lang, region: d.region, ligatures: false,
  fill: rgb("#16191c"))
#set par(leading: 0.6em, justify: false)

#let banner = if d.synthetic != none {
  block(width: 100%, fill: alarm, inset: 4pt, radius: 1pt,
    align(center, text(fill: white, weight: "bold", size: 10pt, d.synthetic)))
}

#set page(
  paper: "us-letter",
  margin: (x: 19mm, top: if d.synthetic != none { 29mm } else { 23mm }, bottom: 21mm),
  header: {
    banner
    grid(columns: (1fr, auto), align: (left + bottom, right + bottom),
      text(size: 8.5pt, fill: quiet, upper(d.heading)),
      text(size: 8.5pt, fill: quiet, d.dossier))
    v(-7pt)
    line(length: 100%, stroke: 0.5pt + line-colour)
  },
  footer: {
    line(length: 100%, stroke: 0.5pt + line-colour)
    v(-6pt)
    grid(columns: (1fr, auto), align: (left, right),
      text(size: 8pt, fill: quiet, d.foot),
      text(size: 8.5pt, fill: quiet,
        context [#d.page #counter(page).display() #d.of #counter(page).final().first()]))
  },
  background: if d.synthetic != none {
    rotate(-45deg, text(size: 46pt, weight: "bold", fill: alarm.transparentize(93%), d.synthetic))
  },
)

#show heading.where(level: 1): it => block(above: 0pt, below: 4pt, text(size: 22pt, fill: ink, it.body))
#show heading.where(level: 2): it => block(above: 15pt, below: 7pt, width: 100%, sticky: true,
  stroke: (bottom: 0.8pt + ink), inset: (bottom: 3pt), text(size: 12.5pt, fill: ink, it.body))
#show heading.where(level: 3): it => block(above: 11pt, below: 5pt, sticky: true,
  text(size: 10.5pt, fill: ink, it.body))

// A long run without spaces may break; a hash breaks in halves.
#let soft(words) = { show regex("\S{26}"): it => it + sym.zws; words }
#let mono(words, size: 7pt) = {
  show regex("\S{32}"): it => it + sym.zws
  text(font: "DejaVu Sans Mono", size: size, words)
}
#let label-of(words) = text(size: 9pt, fill: quiet, words)

#let facts(rows, columns: (44mm, 1fr)) = grid(columns: columns, row-gutter: 5pt, column-gutter: 8pt,
  ..rows.map(row => (
    label-of(row.at(0)),
    if row.len() > 2 and row.at(2) == "mono" { mono(row.at(1)) } else { soft(row.at(1)) },
  )).flatten())

#let ruled(block-data) = {
  let monos = block-data.at("mono", default: ())
  set text(size: 8.5pt)
  table(
    columns: block-data.widths.map(width => width * 1fr),
    stroke: (x, y) => (bottom: (if y == 0 { 0.8pt } else { 0.4pt }) + line-colour),
    inset: (x: 3pt, y: 4pt),
    align: left + top,
    table.header(..block-data.columns.map(words => text(size: 8pt, fill: quiet, weight: "bold", words))),
    ..block-data.rows.map(row => row.enumerate().map(
      ((at, words)) => if at in monos { mono(words) } else { soft(words) })).flatten(),
  )
}

#let bar-width = 58mm
#let waterfall(block-data) = {
  set text(size: 9pt)
  let bar(row) = box(width: bar-width, height: 9pt, {
    place(left + top, dx: block-data.zero * bar-width, dy: -5pt,
      line(angle: 90deg, length: 19pt, stroke: 0.5pt + quiet))
    place(left + top, dx: row.at("from") * bar-width,
      rect(width: calc.max((row.to - row.at("from")) * bar-width, 0.6pt), height: 9pt,
        fill: if row.at("for") { rgb("#2f6f8f") } else { rgb("#b3562d") }))
  })
  table(
    columns: (1fr, bar-width + 6pt, 16mm),
    stroke: (x, y) => (bottom: (if y == 0 { 0.8pt } else { 0.4pt }) + line-colour),
    inset: (x: 3pt, y: 5pt),
    align: (left + horizon, left + horizon, right + horizon),
    table.header(..block-data.columns.map(words => text(size: 8pt, fill: quiet, weight: "bold", words))),
    ..block-data.rows.map(row => (row.text, bar(row), text(weight: "bold", row.bits))).flatten(),
    ..if block-data.sum_bits != none {
      (table.cell(colspan: 2, strong(block-data.sum_label)), strong(block-data.sum_bits))
    },
  )
}

#let north(angle) = box(fill: rgb("#ffffffd0"), radius: 10pt, inset: 2pt, width: 22pt, height: 22pt,
  align(center + horizon, rotate(angle * 1deg, stack(dir: ttb, spacing: 1pt,
    polygon(fill: black, (3pt, 0pt), (6pt, 8pt), (3pt, 6.2pt), (0pt, 8pt)),
    text(size: 6.5pt, weight: "bold", fill: black, "N")))))

#let picture(item) = block(breakable: false, width: 100%, {
  block(stroke: 0.5pt + line-colour, {
    image(item.file, width: 100%, alt: item.alt)
    if item.north_deg != none { place(top + right, dx: -4pt, dy: 4pt, north(item.north_deg)) }
  })
  v(-6pt)
  text(size: 8.5pt, { strong(item.title); [. ]; soft(item.caption) })
  linebreak()
  text(fill: quiet, mono(item.hash, size: 6pt))
})

#let setters = (
  heading: b => heading(level: 2, b.text),
  subheading: b => heading(level: 3, b.text),
  text: b => par(soft(b.text)),
  lead: b => block(sticky: true, par(soft(b.text))),
  facts: b => block(width: 100%, below: 10pt, facts(b.rows)),
  table: b => ruled(b),
  waterfall: b => block(breakable: false, width: 100%, waterfall(b)),
  map: b => block(breakable: false, {
    align(center, image(b.file, width: 84%, alt: b.alt))
    v(-6pt)
    text(size: 8.5pt, fill: quiet, b.caption)
  }),
  pictures: b => grid(columns: (1fr, 1fr), column-gutter: 9pt, row-gutter: 11pt, ..b.items.map(picture)),
  charter: b => grid(columns: (44mm, 1fr), row-gutter: 8pt, column-gutter: 8pt,
    ..b.lines.map(l => (strong(l.at(0)), l.at(1))).flatten()),
)

#heading(level: 1, { d.heading; [ ]; soft(d.site) })
#block(above: 9pt, text(size: 11pt, fill: quiet, d.subtitle))
#if d.synthetic_note != none { block(above: 7pt, text(fill: alarm, weight: "bold", d.synthetic_note)) }
#block(width: 100%, above: 9pt, fill: rgb("#f3f5f7"), inset: 8pt, radius: 2pt,
  grid(columns: (1fr, 1fr), column-gutter: 12pt, row-gutter: 6pt,
    ..d.cover.map(row => grid(columns: (30mm, 1fr), column-gutter: 5pt,
      label-of(row.at(0)), soft(row.at(1))))))
#for b in d.blocks { setters.at(b.kind)(b) }
"""
