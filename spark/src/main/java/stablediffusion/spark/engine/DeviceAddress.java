package stablediffusion.spark.engine;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engines;

import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Turns the address of a GPU that Spark gave to a task into a device's name. */
public final class DeviceAddress {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");

    private DeviceAddress() {}

    /**
     * Returns the backend that a task opens.
     *
     * @param backend that was asked for: {@code auto}, {@code cpu}, a backend of TornadoVM, or one of its devices
     * @param addresses of the task's GPUs; none where Spark schedules no GPUs
     * @param devices of this machine; asked for {@code auto} only
     * @throws InvalidRequestException if the address is no number, a task has several, or the backend names a device already
     */
    public static String backend(String backend, List<String> addresses, Supplier<List<Device>> devices) {
        if (addresses.isEmpty() || backend.equals(Engines.CPU)) {
            return backend;
        }
        if (addresses.size() > 1) {
            throw new InvalidRequestException("Spark gives " + addresses.size()
                    + " GPUs to a task, which uses one: set spark.task.resource.gpu.amount to 1");
        }
        String address = addresses.getFirst();
        if (!NUMBER.matcher(address).matches()) {
            throw new InvalidRequestException(
                    "'" + address + "' is no number of a GPU: spark.executor.resource.gpu.discoveryScript must print"
                            + " numbers, as nvidia-smi counts, not names");
        }
        if (backend.contains(":")) {
            throw new InvalidRequestException("--backend " + backend + " names a device, but Spark chooses the GPU: write "
                    + backend.substring(0, backend.indexOf(':')));
        }
        String kind = backend.equals(Engines.AUTO) ? firstGpu(devices.get()) : backend;
        return kind + ":" + address;
    }

    private static String firstGpu(List<Device> devices) {
        return devices.stream().map(Device::backend).filter(kind -> !kind.equals(Engines.CPU)).findFirst()
                .orElseThrow(
                        () -> new InvalidRequestException("Spark gave a GPU to a task, but there is no TornadoVM on this machine to run on"
                                + " it: add its flags to spark.executor.extraJavaOptions, or choose --backend cpu"));
    }
}
