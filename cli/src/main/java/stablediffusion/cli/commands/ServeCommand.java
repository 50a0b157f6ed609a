package stablediffusion.cli.commands;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import stablediffusion.cli.options.EngineOptions;
import stablediffusion.cli.options.MemoryOptions;
import stablediffusion.cli.options.ModelOptions;
import stablediffusion.cli.options.ProjectFolder;
import stablediffusion.cli.options.ServerOptions;
import stablediffusion.cli.output.Messages;
import stablediffusion.library.Adapters;
import stablediffusion.library.ModelLibrary;
import stablediffusion.model.Printable;
import stablediffusion.server.Server;
import stablediffusion.server.ServerSettings;
import stablediffusion.server.http.AccessLog;
import stablediffusion.server.painting.Catalog;
import stablediffusion.server.queue.ModelPainter;
import stablediffusion.server.queue.Painter;
import stablediffusion.weights.ConversionProgress;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;

@Command(
        name = "serve",
        description = {
            "Keeps a model loaded and paints over HTTP: with a page for browsers, the interface of AUTOMATIC1111's web UI (/sdapi/v1) and "
                    + "that of OpenAI (/v1/images)."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd serve",
            "  sd serve --model sd-v1-4 --backend opencl:0,opencl:1",
            "  sd serve --listen 0.0.0.0:7860 --api-key-file key.txt",
            "",
            "Ctrl-C or SIGTERM stops it: pictures that have begun are finished, within --stop-limit. docs/SERVER.md tells more."
        })
public final class ServeCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @ArgGroup(validate = false, heading = "%nServer:%n", order = 1)
    private ServerOptions serverOptions = new ServerOptions();

    @ArgGroup(validate = false, heading = "%nModel:%n", order = 2)
    private ModelOptions modelOptions = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nMachine; --backend takes several, separated by commas, and each paints at the same time:%n",
            order = 3)
    private EngineOptions engineOptions = new EngineOptions();

    @ArgGroup(validate = false, heading = "%nMemory, of each engine:%n", order = 4)
    private MemoryOptions memoryOptions = new MemoryOptions();

    @Override
    public void run() {
        PrintWriter err = spec.commandLine().getErr();
        Consumer<String> messages = Messages.to(err);
        // All that can be wrong with the options is found before the model is opened.
        ServerSettings withoutModel = serverOptions.settings();
        Path folder = modelOptions.folder(err);
        String name = ModelLibrary.name(folder);
        ServerSettings settings = withoutModel.withModel(name);
        Models models = new Models(name, folder, modelOptions.adapters(), messages);
        List<Painter.Factory> engines = Arrays
                .stream(engineOptions.backend().split(",")).<
                        Painter.Factory>map(backend -> model -> open(models.folder(model), backend.strip()))
                .toList();
        AccessLog log = new AccessLog(messages, serverOptions.logFormat() == ServerOptions.LogFormat.json);
        Server server = new Server(settings, engines, models, log, trace -> {
            err.println("sd: a bug, please report it with what follows");
            err.println(Printable.lines(trace, ""));
            err.flush();
        });
        server.engines().forEach(engine -> messages.accept("engine: " + engine));
        spec.commandLine().getOut().println("serving " + Printable.line(name) + " at " + url(settings.address(), server.port()));
        spec.commandLine().getOut().flush();
        runUntilStopped(server, messages);
    }

    private Painter open(Path folder, String backend) {
        return new ModelPainter(memoryOptions.apply(engineOptions.apply(modelOptions.begin(folder), backend)).load());
    }

    private static String url(InetSocketAddress address, int port) {
        String host = address.getAddress().isAnyLocalAddress() ? "localhost" : address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/";
    }

    /** Waits for Ctrl-C or SIGTERM, which run the hook. */
    private static void runUntilStopped(Server server, Consumer<String> messages) {
        CountDownLatch stopped = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            messages.accept("stopping; pictures that have begun are finished …");
            server.close();
            stopped.countDown();
        }, "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            stopped.await();
        } catch (InterruptedException interrupt) {
            // A program that runs this command in its own process stops it so.
            Runtime.getRuntime().removeShutdownHook(hook);
            server.close();
        }
    }

    /**
     * Lists the models of the folder, and the one that was named if it lies elsewhere.
     *
     * @param name of the model that was named
     * @param named its folder
     */
    private record Models(String name, Path named, Adapters adapters, Consumer<String> messages) implements Catalog {
        @Override
        public List<String> models() {
            return Stream.concat(Stream.of(name), ProjectFolder.models().names().stream()).distinct().sorted().toList();
        }

        @Override
        public List<String> loras() {
            return adapters.loraNames();
        }

        @Override
        public List<String> embeddings() {
            return adapters.embeddingNames();
        }

        Path folder(String model) {
            return model.equals(name) ? named : ProjectFolder.models().open(model, messages, ConversionProgress.NONE).folder();
        }
    }
}
