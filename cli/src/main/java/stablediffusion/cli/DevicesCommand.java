package stablediffusion.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engines;

import java.io.PrintWriter;

@Command(name = "devices", description = "Lists what networks can run on.", mixinStandardHelpOptions = true)
final class DevicesCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        for (Device device : Engines.devices()) {
            PrintWriter out = spec.commandLine().getOut();
            out.printf("%-12s %s%n", device.id(), device.name());
            Engines.details(device).forEach((label, value) -> out.printf("%12s %s: %s%n", "", label, value));
            out.flush();
        }
    }
}
