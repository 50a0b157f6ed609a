package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import stablediffusion.cli.output.Messages;
import stablediffusion.model.Printable;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engines;
import stablediffusion.tornado.TunedBlockSizes;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;

@Command(name = "devices", description = "Lists the devices that networks can run on.", mixinStandardHelpOptions = true)
public final class DevicesCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        Map<Device, Map<String, String>> devices = new LinkedHashMap<>();
        for (Device device : Engines.devices()) {
            if (TunedBlockSizes.tunable(device)) {
                // Compilers print from native code what they think of it, between our own lines.
                Messages.to(spec.commandLine().getErr())
                        .accept("trying half precision on " + device.id() + "; its compiler may complain …");
            }
            devices.put(device, Engines.details(device));
        }
        PrintWriter out = spec.commandLine().getOut();
        devices.forEach((device, details) -> {
            out.printf("%-12s %s%n", device.id(), Printable.line(device.name()));
            details.forEach((label, value) -> out.printf("%12s %s: %s%n", "", label, Printable.line(value)));
        });
        out.flush();
    }
}
