package stablediffusion.cli.commands;

import stablediffusion.GeneratedImage;
import stablediffusion.GenerationListener;
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
import stablediffusion.model.pipeline.Phase;
import tools.jackson.databind.json.JsonMapper;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/** Generates the images of one command, one batch after another, and writes each image as soon as it is finished. */
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
        int count = output.count();
        int together = output.together();
        int total = Math.multiplyExact(requests.size(), count);
        try {
            for (GenerationRequest request : requests) {
                for (int i = 0; i < count; i += together) {
                    generate(request.withSeed(request.seed() + i), Math.min(together, count - i), total);
                }
            }
            if (output.grid()) {
                writeGrid(count > 1 && requests.size() > 1 ? count : ContactSheet.squareColumns(total));
            }
        } catch (CancellationException cancelled) {
            messages.println("interrupted; finished pictures: " + finished + " of " + total);
            messages.flush();
        }
    }

    /**
     * Generates a batch.
     *
     * @param request of its first image; the seeds of the others follow
     */
    private void generate(GenerationRequest request, int size, int total) {
        int number = finished + 1;
        long seed = request.seed();
        String which = size == 1
                ? (total > 1 ? "picture " + number + " of " + total + ", " : "") + "seed: " + seed
                : "pictures " + number + " to " + (finished + size) + " of " + total + ", seeds: " + seed + " to " + (seed + size - 1);
        messages.println(which);
        messages.flush();
        List<Path> files = IntStream.range(0, size).mapToObj(i -> names.next(fields(request, seed + i, number + i))).toList();
        try (display) {
            stableDiffusion.generateBatch(request, size, new Batch(files));
        }
    }

    /** Follows a batch and writes its images. */
    private final class Batch implements GenerationListener {
        private final List<Path> files;
        private final Iterator<Path> unwritten;

        /** @param files of the images, in the order of their seeds */
        Batch(List<Path> files) {
            this.files = files;
            this.unwritten = files.iterator();
        }

        @Override
        public void phase(Phase phase) {
            display.phase(phase);
        }

        @Override
        public void note(String message) {
            display.note(message);
        }

        @Override
        public void step(Step step) {
            display.step(step);
            output.preview().ifPresent(every -> Previews.write(step, every, files));
        }

        @Override
        public void finished(GeneratedImage image) {
            write(image, unwritten.next(), files.size());
        }

        @Override
        public boolean cancelled() {
            return display.cancelled();
        }
    }

    private void write(GeneratedImage image, Path file, int batchSize) {
        image.save(file);
        finished++;
        if (first.isEmpty()) {
            first = Optional.of(image);
            firstFile = Optional.of(file);
        }
        if (output.grid()) {
            pictures.add(Picture.fromImage(image.toBufferedImage()));
        }
        report(description(image, file, batchSize), file);
    }

    private void writeGrid(int columns) {
        Path sheet = names.beside(firstFile.orElseThrow(), "-grid");
        PictureFile.write(ContactSheet.of(pictures, columns), first.orElseThrow().metadata(), sheet);
        report(Map.of("grid", absolute(sheet)), sheet);
    }

    /** Returns the values that a file's name can contain. */
    private Map<String, String> fields(GenerationRequest request, long seed, int number) {
        return Map.of(
                "prompt", request.prompt(),
                "seed", Long.toString(seed),
                "index", Integer.toString(number),
                "sampler", request.sampler(),
                "steps", Integer.toString(request.steps()),
                "cfg", Float.toString(request.guidanceScale()).replaceFirst("\\.0$", ""),
                "width", Integer.toString(request.width().getAsInt()),
                "height", Integer.toString(request.height().getAsInt()),
                "model", stableDiffusion.modelName());
    }

    private Map<String, Object> description(GeneratedImage image, Path file, int batchSize) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("file", absolute(file));
        report.put("prompt", image.request().prompt());
        report.put("negativePrompt", image.request().negativePrompt());
        report.put("settings", image.settings());
        report.put("engine", stableDiffusion.engine());
        report.put("batchSize", batchSize);
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
