package stablediffusion.bench;

import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGGraphics2DIOException;
import org.jfree.chart.JFreeChart;

import java.awt.Dimension;
import java.awt.Rectangle;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

/** Renders charts as SVG. */
final class Svg {
    private static final String NAMESPACE = "http://www.w3.org/2000/svg";

    private Svg() {}

    /** Renders a chart as a data URI, so that the identifiers of several charts on a page cannot clash. */
    static String uri(JFreeChart chart, int width, int height) {
        return "data:image/svg+xml;base64,"
                + Base64.getEncoder().encodeToString(svg(chart, width, height).getBytes(StandardCharsets.UTF_8));
    }

    /** Renders a chart as an SVG document. */
    static String svg(JFreeChart chart, int width, int height) {
        try {
            var document = DocumentBuilderFactory.newDefaultNSInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(NAMESPACE, "svg", null);
            SVGGraphics2D graphics = new SVGGraphics2D(document);
            graphics.setSVGCanvasSize(new Dimension(width, height));
            chart.draw(graphics, new Rectangle(width, height));
            StringWriter text = new StringWriter();
            graphics.stream(text, true);
            return text.toString();
        } catch (ParserConfigurationException | SVGGraphics2DIOException e) {
            throw new IllegalStateException("a chart cannot be drawn", e);
        }
    }
}
