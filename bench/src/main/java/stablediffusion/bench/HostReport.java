package stablediffusion.bench;

import java.util.List;

/**
 * Holds the measurements of the host's work for the networks of a model.
 *
 * @param width width of the picture in pixels
 * @param height height of the picture in pixels
 */
public record HostReport(Environment environment, EngineInfo engine, String model, int width, int height, List<HostMeasurement> networks) {

    /** Formats the report as text. */
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append("%s at %dx%d on %s%n%s, commit %s%n".formatted(
                model, width, height, engine.description(), environment.processor(), environment.commit()));
        for (HostMeasurement network : networks) {
            text.append("%n%s: %s, of the processor %s%n".formatted(
                    network.part().label(), Format.timing(network.run()), Format.timing(network.processor())));
            network.launches().ifPresent(launches -> text.append("    %d tasks in %d task graphs, %s; %d tasks compiled in %s%n".formatted(
                    launches.tasks(),
                    launches.taskGraphs(),
                    launches.recorded() ? "recorded" : "launched one by one",
                    launches.compiled(),
                    Format.seconds(network.compileSeconds()))));
        }
        return text.toString().stripTrailing();
    }
}
