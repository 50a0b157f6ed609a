package stablediffusion.cli.commands;

import stablediffusion.GeneratedImage;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.cli.options.OutputOptions;
import stablediffusion.cli.output.OutputNames;
import stablediffusion.cli.output.Previews;
import stablediffusion.cli.output.ProgressDisplay;
import stablediffusion.model.Printable;
import stablediffusion.model.image.ContactSheet;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import tools.jackson.databind.json.JsonMapper;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** Generates the images of one command, one after another, and writes each as soon as it is finished. */
final class BatchGeneration {
    private final StableDiffusion stableDiffusion;
    private final OutputOptions output;
    private final OutputNames names;
    private final ProgressDisplay display;
    private final PrintWriter out;
    private final PrintWriter messages;
    /** Filled only if a contact sheet is written. */
    private final List<Picture> pictures = new ArrayList<>();

    private Optional<GeneratedImage> first = Optional.empty();
    private Optional<Path> firstFile = Optional.empty();
    private int finished;

    BatchGeneration(StableDiffusion stableDiffusion, OutputOptions output, Interrupt interrupt, PrintWriter out, PrintWriter messages) {
        this.stableDiffusion = stableDiffusion;
        this.output = output;
        this.names = output.names();
        this.display = new ProgressDisplay(messages, ProgressDisplay.onTerminal(), interrupt::requested);
        this.out = out;
        this.messages = messages;
    }

    /**
     * Generates all images, or those that are finished when Ctrl-C is pressed.
     *
     * @param requests one for each prompt; each is repeated as often as the options say, with seeds that grow by one
     */
    void run(List<GenerationRequest> requests) {
        int batch = output.batch();
        int total = Math.multiplyExact(requests.size(), batch);
        try {
            for (GenerationRequest request : requests) {
                for (int i = 0; i < batch; i++) {
                    generate(request.withSeed(request.seed() + i), total);
                }
            }
            if (output.grid()) {
                writeGrid(batch > 1 && requests.size() > 1 ? batch : ContactSheet.squareColumns(total));
            }
        } catch (CancellationException cancelled) {
            messages.println("interrupted; finished pictures: " + finished + " of " + total);
            messages.flush();
        }
    }

    private void generate(GenerationRequest request, int total) {
        messages.println((total > 1 ? "picture " + (finished + 1) + " of " + total + ", " : "") + "seed: " + request.seed());
        messages.flush();
        Path file = names.next(fields(request));
        GeneratedImage image;
        try (display) {
            image = stableDiffusion.generate(request, Previews.every(output.preview(), display, file));
        }
        image.save(file);
        finished++;
        if (first.isEmpty()) {
            first = Optional.of(image);
            firstFile = Optional.of(file);
        }
        if (output.grid()) {
            pictures.add(Picture.fromImage(image.toBufferedImage()));
        }
        report(description(image, file), file);
    }

    private void writeGrid(int columns) {
        Path sheet = names.beside(firstFile.orElseThrow(), "-grid");
        PictureFile.write(ContactSheet.of(pictures, columns), first.orElseThrow().metadata(), sheet);
        report(Map.of("grid", absolute(sheet)), sheet);
    }

    /** Returns the values that a file's name can contain. */
    private Map<String, String> fields(GenerationRequest request) {
        return Map.of(
                "prompt", request.prompt(),
                "seed", Long.toString(request.seed()),
                "index", Integer.toString(finished + 1),
                "sampler", request.sampler(),
                "steps", Integer.toString(request.steps()),
                "cfg", Float.toString(request.guidanceScale()).replaceFirst("\\.0$", ""),
                "width", Integer.toString(request.width().getAsInt()),
                "height", Integer.toString(request.height().getAsInt()),
                "model", stableDiffusion.modelName());
    }

    private Map<String, Object> description(GeneratedImage image, Path file) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("file", absolute(file));
        report.put("prompt", image.request().prompt());
        report.put("negativePrompt", image.request().negativePrompt());
        report.put("settings", image.settings());
        report.put("engine", stableDiffusion.engine());
        Map<String, Double> seconds = new LinkedHashMap<>();
        image.durations().forEach((phase, time) -> seconds.put(phase.toString().toLowerCase(Locale.ROOT), time.toMillis() / 1000.0));
        report.put("seconds", seconds);
        return report;
    }

    private void report(Map<String, Object> report, Path file) {
        out.println(output.json() ? Printable.json(JsonMapper.shared().writeValueAsString(report))
                : "wrote " + Printable.line(file.toString()));
        out.flush();
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }
}
