package stablediffusion.cli;

import stablediffusion.model.image.ContactSheet;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.Generated;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.Request;
import tools.jackson.databind.json.JsonMapper;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes the pictures of one command, one after another; each is written as soon as it is there.
 */
final class Painter {
    private final Pipelines pipelines;
    private final String engine;
    private final PictureParameters parameters;
    private final OutputOptions output;
    private final OutputNames names;
    private final Interrupt interrupt;
    private final PrintWriter out;
    private final PrintWriter messages;
    private final List<Picture> pictures = new ArrayList<>();

    /** @param engine what runs the networks, for the report */
    Painter(
            Pipelines pipelines,
            String engine,
            PictureParameters parameters,
            OutputOptions output,
            Interrupt interrupt,
            PrintWriter out,
            PrintWriter messages) {
        this.pipelines = pipelines;
        this.engine = engine;
        this.parameters = parameters;
        this.output = output;
        this.names = output.names();
        this.interrupt = interrupt;
        this.out = out;
        this.messages = messages;
    }

    /** Pictures that were finished and written. */
    int finished() {
        return pictures.size();
    }

    /** @throws java.util.concurrent.CancellationException where it was interrupted */
    void paint(List<Request> requests) {
        Path first = null;
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            messages.println((requests.size() > 1 ? "picture " + (i + 1) + " of " + requests.size() + ", " : "") + "seed: " + request.seed());
            messages.flush();
            Path file = names.next(parameters.fields(request, i + 1));
            paint(request, file);
            first = first == null ? file : first;
        }
        if (output.grid) {
            Path sheet = names.beside(first, "-grid");
            // Batches of several prompts: a row for each.
            boolean rows = output.batch() > 1 && output.batch() < requests.size();
            int columns = rows ? output.batch() : ContactSheet.squareColumns(requests.size());
            PictureFile.write(ContactSheet.of(pictures, columns), parameters.of(requests.getFirst()).format(), sheet);
            report(Map.of("grid", absolute(sheet)), sheet);
        }
    }

    private void paint(Request request, Path file) {
        Pipeline pipeline = pipelines.of(request);
        Generated generated;
        Map<?, Duration> times;
        try (ProgressDisplay display = new ProgressDisplay(messages, ProgressDisplay.onTerminal(), interrupt::requested)) {
            generated = pipeline.generate(request, Previews.every(output.preview(), display, pipeline, file));
            display.close();
            times = display.times();
        }
        Parameters written = parameters.of(request);
        PictureFile.write(generated.picture(), written.format(), file);
        pictures.add(generated.picture());
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("file", absolute(file));
        report.put("prompt", written.prompt());
        report.put("negativePrompt", written.negativePrompt());
        report.put("settings", written.settings());
        report.put("engine", engine);
        Map<String, Double> seconds = new LinkedHashMap<>();
        times.forEach((phase, time) -> seconds.put(phase.toString().toLowerCase(Locale.ROOT), time.toMillis() / 1000.0));
        report.put("seconds", seconds);
        report(report, file);
    }

    private void report(Map<String, Object> report, Path file) {
        out.println(output.json ? JsonMapper.shared().writeValueAsString(report) : "wrote " + file);
        out.flush();
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }
}
