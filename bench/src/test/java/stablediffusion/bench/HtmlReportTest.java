package stablediffusion.bench;

import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import stablediffusion.model.ByteSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HtmlReportTest {
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])\\d+(?:\\.\\d+)?(?:e-?\\d+)?(?: (?:s|ms|µs|GB|MB|kB)\\b|%)?");

    private final Comparison comparison = Samples.comparison();

    private final Document page = Jsoup.parse(HtmlReport.of(comparison));

    /** Whatever a reader sees in a cell or a caption is a number of the JSON, or in one of its texts. */
    @Test
    void everyNumberIsInTheJson() {
        Set<String> known = new HashSet<>(Set.of("GFLOP/s"));
        StringBuilder texts = new StringBuilder();
        collect(new JsonMapper().readTree(Json.pretty(comparison)), known, texts);
        int numbers = 0;
        for (Element element : page.select("td, figcaption")) {
            Matcher matcher = NUMBER.matcher(element.text());
            while (matcher.find()) {
                numbers++;
                assertTrue(known.contains(matcher.group()) || texts.indexOf(matcher.group()) >= 0,
                        matcher.group() + " in " + element.text());
            }
        }
        assertTrue(numbers > 50, "only " + numbers + " numbers were seen");
    }

    private static void collect(JsonNode node, Set<String> known, StringBuilder texts) {
        if (node.isNumber()) {
            double number = node.asDouble();
            known.addAll(List.of(Format.seconds(number), Format.digits(number), Format.percent(number), node.asString()));
            known.add(ByteSize.format((long) number));
        } else if (node.isString()) {
            texts.append(node.asString()).append('\n');
        } else {
            node.forEach(child -> collect(child, known, texts));
        }
    }

    @Test
    void theFastestIsMarked() {
        assertEquals(List.of("126 ms", "1.00"), page.select("table:contains(UNet step) tr:contains(quartiles) ~ tr td.best").eachText());
    }

    @Test
    void aFailedBackendSaysWhy() {
        assertEquals("ptx failed: no <device>", page.select("tr.failed").text());
    }

    @Test
    void needsNoNetwork() {
        assertEquals(List.of(), page.select("script, link, iframe").eachText());
        assertTrue(page.select("[src]").stream().allMatch(element -> element.attr("src").startsWith("data:image/")));
        assertEquals(3, page.select("img.picture").size());
    }

    @Test
    void fitsAPhoneAndScreenReaders() {
        assertEquals("width=device-width, initial-scale=1", page.select("meta[name=viewport]").attr("content"));
        assertTrue(page.select("style").html().contains("prefers-color-scheme: dark"));
        assertTrue(page.select("th").stream().allMatch(heading -> heading.attr("scope").equals("col")));
        assertTrue(page.select("img[alt^=UNet step]").attr("alt").contains("126 ms"), page.select("img[alt^=UNet step]").attr("alt"));
        assertTrue(page.select("img").stream().noneMatch(image -> image.attr("alt").isBlank()));
    }

    /** Two rooflines, two scatter plots, two bar charts and more are drawn, each a document of its own. */
    @Test
    void chartsAreSvg() {
        List<Element> charts = page.select("img.chart[src^=data:image/svg]");
        assertEquals(3, charts.size());
        assertTrue(charts.stream().map(HtmlReportTest::svg).allMatch(svg -> svg.contains("<path") || svg.contains("<rect")));
    }

    /** The text of a chart is 12 pixels high at its own width; a phone's page is some 330 wide. */
    @Test
    void chartsAreReadableOnAPhone() {
        for (Element chart : page.select("img.chart")) {
            String svg = svg(chart);
            int width = Integer.parseInt(svg.replaceFirst("(?s).*<svg[^>]*?\\swidth=\"(\\d+)\".*", "$1"));
            assertTrue(width <= 400, "a chart is " + width + " pixels wide");
            assertFalse(svg.contains("..."), "a label was cut");
        }
    }

    /** A legend inside of a chart was cut where it is narrow. */
    @Test
    void legendsAreTextOfThePage() {
        assertTrue(page.select("ul.legend").last().select("li").eachText().contains("opencl"), page.select("ul.legend").text());
        assertTrue(page.select("ul.legend").stream()
                .allMatch(legend -> legend.select("li").size() == legend.select("span[style^=background:#]").size()));
        assertTrue(page.select("img.chart").stream().map(HtmlReportTest::svg).noneMatch(svg -> svg.contains("roofline")));
    }

    private static String svg(Element chart) {
        return new String(Base64.getDecoder().decode(chart.attr("src").split(",")[1]), StandardCharsets.UTF_8);
    }

    @Test
    void allBackendsFailed() {
        Comparison nothing = new Comparison(
                Samples.ENVIRONMENT, "a model", 8, 8, "the reference", List.of(comparison.backends().getLast()), Optional.empty());
        assertTrue(HtmlReport.of(nothing.ranked()).contains("no &lt;device&gt;"));
    }

    @Test
    void history() {
        List<History.Entry> entries = List.of(
                new History.Entry(Optional.of(Samples.model("cpu", 0.5)), Optional.empty()),
                new History.Entry(Optional.of(Samples.model("cpu", 0.4)), Optional.empty()),
                new History.Entry(Optional.empty(), Optional.of(Samples.kernels("cpu", 0.5))));
        Document plotted = Jsoup.parse(HistoryReport.of(entries));
        assertEquals(2, plotted.select("figure").size());
        assertEquals(3, plotted.select("table tr").size() - 1);
        assertTrue(plotted.text().contains("404 ms"), plotted.text());
    }
}
