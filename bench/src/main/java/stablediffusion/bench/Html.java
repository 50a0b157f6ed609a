package stablediffusion.bench;

import stablediffusion.model.Printable;

import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Builds an HTML page with no external resources. */
final class Html {
    private static final String STYLE = """
            body { font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #333; max-width: 1280px; margin: 2em auto; padding: 0 1em }
            h1 { font-size: 1.6em; margin-bottom: .2em } h2 { font-size: 1.2em; margin-top: 2em; border-bottom: 1px solid #ddd }
            table { border-collapse: collapse; display: block; overflow-x: auto; margin: .8em 0; font-size: 13px }
            th, td { padding: .25em .5em; text-align: right; border-bottom: 1px solid #eee; vertical-align: bottom }
            td { white-space: nowrap }
            th:first-child, td:first-child { text-align: left } th { font-weight: 600; border-bottom: 2px solid #ccc }
            tr.failed td { color: #a00; text-align: left; white-space: normal } .best { font-weight: 700; color: #00694a }
            .row { display: flex; flex-wrap: wrap; gap: 1.2em } figure { margin: 0 } figcaption { font-size: 13px; color: #666 }
            .note { color: #666; font-size: 13px } .noisy { background: #fff4d6; padding: .5em .8em }
            ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1em 1em; margin: .3em 0; padding: 0; font-size: 13px }
            ul.legend span { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border: 1px solid #888 }
            img { max-width: 100%; height: auto; background: #fff } img.chart { width: 560px } img.picture { width: 256px; image-rendering: pixelated }
            @media (prefers-color-scheme: dark) {
              body { color: #ddd; background: #1b1b1b } .note, figcaption { color: #aaa } .noisy { background: #4a3c10 }
              h2, th, td { border-color: #444 } .best { color: #5fd3a6 } tr.failed td { color: #ff8a80 }
            }
            """;

    private final StringBuilder body = new StringBuilder();

    /** Returns the complete page. */
    String page(String title) {
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>"
                + escape(title) + "</title>\n<style>\n"
                + STYLE
                + "</style>\n</head>\n<body>\n<h1>" + escape(title) + "</h1>\n" + body + "</body>\n</html>\n";
    }

    Html heading(String text) {
        return raw("<h2>" + escape(text) + "</h2>\n");
    }

    Html note(String text) {
        return raw("<p class=\"note\">" + escape(text) + "</p>\n");
    }

    Html warning(String text) {
        return raw("<p class=\"noisy\">" + escape(text) + "</p>\n");
    }

    /** Begins a row of figures, which stand side by side until {@link #endRow}. */
    Html startRow() {
        return raw("<div class=\"row\">\n");
    }

    Html endRow() {
        return raw("</div>\n");
    }

    /** Holds a cell of a table; the best value of a column is highlighted. */
    record Cell(String text, boolean best) {
        static Cell of(String text) {
            return new Cell(text, false);
        }
    }

    Html startTable(List<String> headings) {
        raw("<table>\n<tr>");
        headings.forEach(heading -> raw("<th scope=\"col\">" + escape(heading) + "</th>"));
        return raw("</tr>\n");
    }

    Html row(List<Cell> cells) {
        raw("<tr>");
        cells.forEach(cell -> raw((cell.best ? "<td class=\"best\">" : "<td>") + escape(cell.text) + "</td>"));
        return raw("</tr>\n");
    }

    /** Adds a row with a name and one text that spans all other columns. */
    Html failedRow(String name, String why, int columns) {
        return raw(
                "<tr class=\"failed\"><td>" + escape(name) + "</td><td colspan=\"" + (columns - 1) + "\">" + escape(why) + "</td></tr>\n");
    }

    Html endTable() {
        return raw("</table>\n");
    }

    /**
     * Adds a chart.
     *
     * @param values what it shows, in words, for those who cannot see it
     */
    Html chart(String caption, String values, String uri) {
        return raw(
                "<figure><figcaption>" + escape(caption) + "</figcaption><img class=\"chart\" alt=\"" + escape(caption + ": " + values)
                        + "\" src=\"" + uri
                        + "\"></figure>\n");
    }

    /**
     * Adds the legend of a chart, whose lines break where the page is narrow.
     *
     * @param colours by name, as HTML writes them
     */
    Html legend(Map<String, String> colours) {
        raw("<ul class=\"legend\">\n");
        colours.forEach((name, colour) -> raw("<li><span style=\"background:" + colour + "\"></span>" + escape(name) + "</li>\n"));
        return raw("</ul>\n");
    }

    Html picture(String caption, byte[] png) {
        String uri = "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
        return raw("<figure><img class=\"picture\" alt=\"" + escape(caption) + "\" src=\"" + uri + "\"><figcaption>" + escape(caption)
                + "</figcaption></figure>\n");
    }

    private Html raw(String html) {
        body.append(html);
        return this;
    }

    private static String escape(String text) {
        return Printable.line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
