package stablediffusion.bench;

import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.labels.CategoryItemLabelGenerator;
import org.jfree.chart.labels.ItemLabelAnchor;
import org.jfree.chart.labels.ItemLabelPosition;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StackedBarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Ellipse2D;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws the charts of the reports, of a width that a phone shows without making the text too small. Pages have the legends, see {@link Html#legend}. */
final class Charts {
    /** Width of all charts, in pixels. */
    static final int WIDTH = 400;

    /**
     * Colours of Wong, "Points of view: Color blindness", Nature Methods, 2011, the darker ones first; then others for charts with many
     * series, and greys for costs outside of operations.
     */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072B2),
            new Color(0xD55E00),
            new Color(0x009E73),
            new Color(0xCC79A7),
            new Color(0xE69F00),
            new Color(0x56B4E9),
            new Color(0x44AA99),
            new Color(0xF0E442),
            new Color(0x332288),
            new Color(0x8C564B),
            new Color(0x7B3294),
            new Color(0xA6D854),
            new Color(0x1B3A5C),
            new Color(0xF4A3A8),
            new Color(0xC8C8C8),
            new Color(0xA6A6A6),
            new Color(0x808080),
            new Color(0x5A5A5A));

    private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    private static final Color GRID = new Color(0xDDDDDD);
    private static final Color INK = new Color(0x333333);
    private static final int POINT = 7;

    private Charts() {}

    /** Holds a named value with its label. */
    record Bar(String name, double value, String label) {}

    /** Holds the points (x, y) of a named line or scatter plot. */
    record Series(String name, List<double[]> points) {}

    /** Draws horizontal bars, each in its own colour and followed by its label. */
    static JFreeChart bars(List<Bar> bars) {
        DefaultCategoryDataset data = new DefaultCategoryDataset();
        bars.forEach(bar -> data.addValue(bar.value, bar.name, bar.name));
        BarRenderer renderer = new StackedBarRenderer();
        for (int i = 0; i < bars.size(); i++) {
            renderer.setSeriesPaint(i, colour(i));
        }
        renderer.setDefaultItemLabelGenerator(new Labels(bars));
        renderer.setDefaultItemLabelsVisible(true);
        renderer.setDefaultItemLabelFont(TEXT);
        renderer.setDefaultItemLabelPaint(INK);
        // The label would be hard to read inside a bar and would be cut off at its end.
        renderer.setDefaultPositiveItemLabelPosition(new ItemLabelPosition(
                ItemLabelAnchor.OUTSIDE3, TextAnchor.CENTER_LEFT));
        NumberAxis axis = new NumberAxis();
        axis.setVisible(false);
        axis.setUpperMargin(0.35);
        return categories(data, renderer, axis);
    }

    private record Labels(List<Bar> bars) implements CategoryItemLabelGenerator {
        @Override
        public String generateLabel(CategoryDataset data, int row, int column) {
            return bars.get(row).label;
        }

        @Override
        public String generateRowLabel(CategoryDataset data, int row) {
            return bars.get(row).name;
        }

        @Override
        public String generateColumnLabel(CategoryDataset data, int column) {
            return bars.get(column).name;
        }
    }

    /**
     * Draws a stacked bar for each key.
     *
     * @param bars values by name, for each bar
     * @param names names of all values, so that each has the same colour in every chart
     */
    static JFreeChart stackedBars(Map<String, Map<String, Double>> bars, List<String> names, String axisLabel) {
        DefaultCategoryDataset data = new DefaultCategoryDataset();
        bars.forEach((bar, parts) -> parts.forEach((part, value) -> data.addValue(value, part, bar)));
        StackedBarRenderer renderer = new StackedBarRenderer();
        for (int i = 0; i < data.getRowCount(); i++) {
            renderer.setSeriesPaint(i, colour(names.indexOf((String) data.getRowKey(i))));
        }
        JFreeChart chart = categories(data, renderer, new NumberAxis(axisLabel));
        chart.getCategoryPlot().setRangeGridlinesVisible(true);
        return chart;
    }

    private static JFreeChart categories(CategoryDataset data, BarRenderer renderer, ValueAxis values) {
        renderer.setBarPainter(new StandardBarPainter());
        renderer.setShadowVisible(false);
        renderer.setMaximumBarWidth(0.3);
        CategoryAxis names = new CategoryAxis();
        names.setTickLabelFont(TEXT);
        names.setAxisLineVisible(false);
        names.setTickMarksVisible(false);
        names.setMaximumCategoryLabelWidthRatio(0.5f);
        CategoryPlot plot = new CategoryPlot(data, names, values, renderer);
        plot.setOrientation(PlotOrientation.HORIZONTAL);
        plot.setBackgroundPaint(Color.WHITE);
        plot.setOutlineVisible(false);
        plot.setRangeGridlinesVisible(false);
        plot.setRangeGridlinePaint(GRID);
        values.setTickLabelFont(TEXT);
        values.setLabelFont(TEXT);
        return onWhite(new JFreeChart(null, TEXT, plot, false));
    }

    /**
     * Draws kernels and rooflines on logarithmic axes. The points and the roofline of a backend have the same colour.
     *
     * @param roofs corner points of each roofline
     * @param kernels points (FLOP per byte, GFLOP/s)
     */
    static JFreeChart rooflines(List<Series> roofs, List<Series> kernels) {
        XYSeriesCollection data = new XYSeriesCollection();
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer();
        for (int i = 0; i < roofs.size(); i++) {
            add(data, renderer, roofs.get(i), i, true);
        }
        for (int i = 0; i < kernels.size(); i++) {
            add(data, renderer, kernels.get(i), i, false);
        }
        return points(data, renderer, log("arithmetic intensity (FLOP/B)"), log("GFLOP/s"));
    }

    /**
     * Draws lines.
     *
     * @param positions labels of the integers on the horizontal axis
     */
    static JFreeChart lines(List<Series> lines, List<String> positions, String axisLabel) {
        XYSeriesCollection data = new XYSeriesCollection();
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer();
        for (int i = 0; i < lines.size(); i++) {
            add(data, renderer, lines.get(i), i, true);
            renderer.setSeriesShapesVisible(i, true);
        }
        SymbolAxis axis = new SymbolAxis(null, positions.toArray(String[]::new));
        axis.setGridBandsVisible(false);
        axis.setVerticalTickLabels(positions.size() > 6);
        NumberAxis values = new NumberAxis(axisLabel);
        values.setAutoRangeIncludesZero(true);
        return points(data, renderer, axis, values);
    }

    private static void add(XYSeriesCollection data, XYLineAndShapeRenderer renderer, Series series, int colour, boolean line) {
        int index = data.getSeriesCount();
        XYSeries points = new XYSeries(series.name);
        series.points.forEach(point -> points.add(point[0], point[1]));
        data.addSeries(points);
        renderer.setSeriesLinesVisible(index, line);
        renderer.setSeriesShapesVisible(index, !line);
        renderer.setSeriesPaint(index, colour(colour));
        renderer.setSeriesStroke(index, new BasicStroke(2));
        renderer.setSeriesShape(index, new Ellipse2D.Double(-POINT / 2.0, -POINT / 2.0, POINT, POINT));
    }

    private static JFreeChart points(XYSeriesCollection data, XYLineAndShapeRenderer renderer, ValueAxis x, ValueAxis y) {
        for (ValueAxis axis : List.of(x, y)) {
            axis.setTickLabelFont(TEXT);
            axis.setLabelFont(TEXT);
        }
        XYPlot plot = new XYPlot(data, x, y, renderer);
        plot.setBackgroundPaint(Color.WHITE);
        plot.setDomainGridlinePaint(GRID);
        plot.setRangeGridlinePaint(GRID);
        plot.setOutlineVisible(false);
        return onWhite(new JFreeChart(null, TEXT, plot, false));
    }

    private static LogAxis log(String label) {
        LogAxis axis = new LogAxis(label);
        axis.setSmallestValue(1e-9);
        axis.setTickUnit(new NumberTickUnit(1));
        axis.setNumberFormatOverride(new DecimalFormat("0.#########", DecimalFormatSymbols.getInstance(Locale.ROOT)));
        return axis;
    }

    private static JFreeChart onWhite(JFreeChart chart) {
        chart.setBackgroundPaint(Color.WHITE);
        return chart;
    }

    /** Returns the colour of the series or bar of an index, as HTML writes it. */
    static String htmlColour(int index) {
        return "#%06x".formatted(colour(index).getRGB() & 0xffffff);
    }

    private static Color colour(int index) {
        return COLOURS.get(index % COLOURS.size());
    }
}
