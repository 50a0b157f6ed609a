package stablediffusion.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plots a history as an HTML page: the median of each network and the total time of all kernels, measurement by measurement. */
public final class HistoryReport {
    private static final int HEIGHT = 260;

    /** Plots by title, each with one line per engine, model and size, as (number of the entry, seconds). */
    private final Map<String, Map<String, List<double[]>>> plots = new LinkedHashMap<>();
    private final List<History.Entry> entries;

    private HistoryReport(List<History.Entry> entries) {
        this.entries = entries;
    }

    /** Formats the page. */
    public static String of(List<History.Entry> entries) {
        return new HistoryReport(entries).write();
    }

    private String write() {
        for (int i = 0; i < entries.size(); i++) {
            int number = i;
            History.Entry entry = entries.get(i);
            entry.model()
                    .ifPresent(model -> model.networks()
                            .forEach(network -> add(network.part().label(),
                                    series(model.engine(), model.model(), model.width(), model.height()), number,
                                    network.run().median())));
            entry.kernels().ifPresent(report -> add(
                    "all kernels, each as often as the networks run it",
                    series(report.engine(), report.model(), report.width(), report.height()) + ", " + report.kernels().size() + " shapes",
                    number,
                    report.kernels().stream().mapToDouble(kernel -> kernel.count() * kernel.timing().median()).sum()));
        }
        Html html = new Html();
        List<String> names = entries.stream().map(entry -> entry.environment().commit()).toList();
        plots.forEach((title, lines) -> {
            List<Charts.Series> series = lines.entrySet().stream().map(line -> new Charts.Series(line.getKey(), line.getValue())).toList();
            html.heading(title).chart("median, by commit", "the table below has the values",
                    Svg.uri(Charts.lines(series, names, "seconds"), Charts.WIDTH, HEIGHT));
            Map<String, String> colours = new LinkedHashMap<>();
            series.forEach(line -> colours.put(line.name(), Charts.htmlColour(colours.size())));
            html.legend(colours);
        });
        html.heading("Measurements").startTable(List.of("time", "commit", "what", "median", "machine"));
        entries.forEach(entry -> rows(html, entry));
        return html.endTable().page("Stable Diffusion: measurements over time");
    }

    private static void rows(Html html, History.Entry entry) {
        entry.model().ifPresent(model -> model.networks().forEach(network -> row(
                html, model.environment(),
                network.part().label() + ", " + series(model.engine(), model.model(), model.width(), model.height()),
                Format.timing(network.run()))));
        entry.kernels().ifPresent(report -> row(
                html, report.environment(), "kernels, " + series(report.engine(), report.model(), report.width(), report.height()),
                Format.seconds(report.kernels().stream().mapToDouble(kernel -> kernel.count() * kernel.timing().median()).sum())));
    }

    private static void row(Html html, Environment environment, String what, String median) {
        List<Html.Cell> cells = new ArrayList<>();
        for (String text : List.of(environment.time(), environment.commit(), what, median, environment.processor())) {
            cells.add(Html.Cell.of(text));
        }
        html.row(cells);
    }

    private void add(String plot, String name, int number, double seconds) {
        plots.computeIfAbsent(plot, _ -> new LinkedHashMap<>())
                .computeIfAbsent(name, _ -> new ArrayList<>())
                .add(new double[] {number, seconds});
    }

    private static String series(EngineInfo engine, String model, int width, int height) {
        return engine.description() + ", " + model + " at " + width + "x" + height;
    }
}
