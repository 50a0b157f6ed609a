package stablediffusion.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engines;

@Command(name = "devices", description = "Lists what networks can run on.", mixinStandardHelpOptions = true)
final class DevicesCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        for (Device device : Engines.devices()) {
            spec.commandLine().getOut().printf("%-12s %s%n", device.id(), device.name());
        }
    }
}
