package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import stablediffusion.bench.Comparison;
import stablediffusion.bench.ComparisonRun;
import stablediffusion.bench.Environment;
import stablediffusion.bench.History;
import stablediffusion.bench.HistoryReport;
import stablediffusion.bench.HtmlReport;
import stablediffusion.bench.Json;
import stablediffusion.bench.KernelCase;
import stablediffusion.bench.MarkdownReport;
import stablediffusion.bench.MeasurementProtocol;
import stablediffusion.bench.ModelBenchmark;
import stablediffusion.bench.Part;
import stablediffusion.bench.PictureRequest;
import stablediffusion.bench.StableDiffusionCpp;
import stablediffusion.cli.options.EngineOptions;
import stablediffusion.cli.options.EngineOptions.PrecisionChoice;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.cli.options.ProjectFolder;
import stablediffusion.cli.output.Messages;
import stablediffusion.model.OutputFile;
import stablediffusion.model.Printable;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engines;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

@Command(
        name = "compare",
        description = {
            "Measures the same networks, kernels and picture on several backends, compares what they compute, and writes a report: a page of "
                    + "HTML that needs no network, and beside it the same as JSON and its main figures as Markdown."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd compare",
            "  sd compare --backends cpu@f32,cpu@bf16 --steps 0",
            "  sd compare --backends cpu,opencl --config sd-v1 --size 256 --steps 0 -o sd-v1.html",
            "  sd compare --backends cpu,sd.cpp@f16 --model sd-v1-4 --sampler euler",
            "  sd compare --history history.jsonl -o history.html"
        })
public final class CompareCommand implements Runnable {
    private static final long SEED = 42;

    @Spec
    private CommandSpec spec;

    @Mixin
    private MeasuredModel model;

    @Option(
            names = "--backends",
            split = ",",
            paramLabel = "NAME",
            description = "Devices to compare, named as in 'sd devices'; NAME@PRECISION sets the precision of one. Default: all devices. "
                    + "sd.cpp is the program of stable-diffusion.cpp, if sd-cli or sd on the PATH is that, and sd.cpp:FILE one that is not there: "
                    + "it makes the image only.")
    private List<String> backends = List.of();

    @Option(names = "--precision", paramLabel = "NAME", defaultValue = "auto",
            description = "Precision of the backends that name none: ${COMPLETION-CANDIDATES}.")
    private PrecisionChoice precision;

    @Option(names = {"-t", "--threads"}, paramLabel = "N",
            description = "Number of threads of the CPU engine. Default: one for each processor.")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "20",
            description = "Number of denoising steps of the image; 0: no image. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            defaultValue = "a red circle on a blue background",
            description = "Prompt of the image. Default: ${DEFAULT-VALUE}.")
    private String prompt;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description = "Sampler of the image. Default: the model's own; beside sd.cpp, euler if it lacks that one.")
    private Optional<String> sampler = Optional.empty();

    @Option(names = "--no-kernels", description = "Do not measure single operations.")
    private boolean noKernels;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            defaultValue = "report.html",
            description = "The HTML page to write; JSON and Markdown are written beside it. Default: ${DEFAULT-VALUE}.")
    private Path output;

    @Option(names = "--history", paramLabel = "FILE",
            description = "Measure nothing; plot the history that 'sd bench … --append FILE' has collected.")
    private Optional<Path> history = Optional.empty();

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        OutputFile.requireWritable(output);
        if (history.isPresent()) {
            Json.write(HistoryReport.of(History.read(history.get())), output);
            out.println("wrote " + Printable.line(output.toString()));
            return;
        }
        PrintWriter messages = spec.commandLine().getErr();
        // All that can be wrong with the options is found before anything slow begins.
        Path json = beside("json");
        Path markdown = beside("md");
        List.of(json, markdown).forEach(OutputFile::requireWritable);
        Optional<PictureRequest> picture = steps == 0 ? Optional.empty()
                : Optional.of(new PictureRequest(prompt, steps, SEED)).map(this::sampled);
        List<String> named = backends.isEmpty() ? Engines.devices().stream().map(Device::id).toList() : backends;
        List<ComparisonRun.Backend> compared = named.stream().map(this::backend).toList();
        compared.stream()
                .map(ComparisonRun.Backend::name)
                .filter(name -> !ComparedPrograms.isProgram(name))
                .forEach(Engines::requireDevice);
        Comparison comparison;
        if (compared.stream().anyMatch(backend -> ComparedPrograms.isProgram(backend.name()))) {
            ComparedPrograms.check(picture, model.hasRandomWeights(), sampler);
            try (ComparedPrograms programs = ComparedPrograms.beside(output)) {
                comparison = withPrograms(programs, picture.orElseThrow(), compared, Messages.to(messages));
            }
        } else {
            MeasuredModel.Chosen chosen = model.open(messages);
            comparison = compare(chosen, picture.map(usual -> suited(usual, chosen)), List.copyOf(compared), Messages.to(messages));
        }
        Json.write(Json.pretty(comparison), json);
        Json.write(MarkdownReport.of(comparison), markdown);
        Json.write(HtmlReport.of(comparison), output);
        out.println(Printable.line("wrote " + output + ", " + json + " and " + markdown));
        out.flush();
    }

    /** Returns the picture with the sampler that was named, if one was. */
    private PictureRequest sampled(PictureRequest picture) {
        return sampler.map(picture::with).orElse(picture);
    }

    /** Returns the picture with the model's own settings, where the options name none. */
    private PictureRequest suited(PictureRequest picture, MeasuredModel.Chosen chosen) {
        return sampled(picture.with(chosen.defaults()));
    }

    private Comparison withPrograms(
            ComparedPrograms programs, PictureRequest usual, List<ComparisonRun.Backend> backends, Consumer<String> messages) {
        Map<String, StableDiffusionCpp> found = new HashMap<>();
        for (ComparisonRun.Backend backend : backends) {
            if (ComparedPrograms.isProgram(backend.name())) {
                found.put(backend.name(), programs.find(backend.name()));
            }
        }
        MeasuredModel.Chosen chosen = model.open(spec.commandLine().getErr());
        PictureRequest picture = ComparedPrograms.common(suited(usual, chosen), messages);
        programs.write(chosen, messages);
        List<ComparisonRun.Compared> compared = new ArrayList<>();
        for (ComparisonRun.Backend backend : backends) {
            StableDiffusionCpp program = found.get(backend.name());
            compared.add(program == null ? backend : programs.program(backend.label(), program, picture, chosen, backend.settings()));
        }
        return compare(chosen, Optional.of(picture), compared, messages);
    }

    private Comparison compare(
            MeasuredModel.Chosen chosen,
            Optional<PictureRequest> picture,
            List<ComparisonRun.Compared> compared,
            Consumer<String> messages) {
        var workload = new ModelBenchmark.Workload(
                chosen.name(),
                chosen.configuration(),
                chosen.weights(),
                chosen.width(),
                chosen.height(),
                EnumSet.allOf(Part.class),
                picture,
                MeasurementProtocol.forNetworks(),
                SEED);
        List<KernelCase> kernels = noKernels
                ? List.of()
                : KernelCase.of(workload.parts().stream()
                        .map(part -> part.graph(chosen.configuration(), chosen.width(), chosen.height()))
                        .toList());
        return new ComparisonRun(workload, kernels, MeasurementProtocol.forKernels(), Environment.now(ProjectFolder.path()), messages)
                .run(compared)
                .with(new TuningFile(ProjectFolder.tuningFile()).report());
    }

    private Path beside(String ending) {
        return output.resolveSibling(output.getFileName().toString().replaceFirst("\\.html?$", "") + "." + ending);
    }

    /** Parses "cpu" or "cpu@bf16". */
    private ComparisonRun.Backend backend(String text) {
        // A file that is named may have an @ in its path.
        int at = text.startsWith("sd.cpp:") ? text.lastIndexOf('@') : text.indexOf('@');
        if (at < 0 || text.indexOf('/', at) > 0) {
            return new ComparisonRun.Backend(text, text, EngineOptions.settings(precision, threads));
        }
        try {
            PrecisionChoice own = PrecisionChoice.valueOf(text.substring(at + 1));
            return new ComparisonRun.Backend(text, text.substring(0, at), EngineOptions.settings(own, threads));
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), "--backends " + text + ": after the @ comes one of "
                    + Stream.of(PrecisionChoice.values()).map(PrecisionChoice::name).collect(Collectors.joining(", ")));
        }
    }
}
