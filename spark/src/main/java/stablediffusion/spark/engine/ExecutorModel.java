package stablediffusion.spark.engine;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engines;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps models loaded between tasks: one for each device of this executor. Tasks that run at a time on one device share its model, which makes
 * their pictures one after another.
 *
 * <p>This is state of the process, because Spark gives a task nothing else that outlives it.
 */
public final class ExecutorModel {
    private static final String GPU = "gpu";
    private static final Map<ModelSettings, StableDiffusion> LOADED = new ConcurrentHashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> LOADED.values().forEach(StableDiffusion::close), "close models"));
    }

    private ExecutorModel() {}

    /**
     * Returns the model of a task's device. The first call makes a picture of one step, which loads all networks: a model or device that does not
     * work fails here, and not once for each picture, so that what fails later is the request's fault.
     *
     * @param folder of the model, which replaces that of the settings
     * @throws UserException if the model or the device does not work
     */
    public static StableDiffusion of(ModelSettings settings, ModelFolder folder, TaskContext task) {
        ResourceInformation gpu = task.resourcesJMap().get(GPU);
        List<String> addresses = gpu == null ? List.of() : List.of(gpu.addresses());
        String backend = DeviceAddress.backend(settings.backend(), addresses, Engines::devices);
        ModelSettings here = settings.withModel(folder.onThisMachine().toString()).withBackend(backend);
        return LOADED.computeIfAbsent(here, ExecutorModel::load);
    }

    private static StableDiffusion load(ModelSettings settings) {
        StableDiffusion model = settings.open();
        try {
            model.generate(GenerationRequest.prompt("").steps(1).seed(0).build());
            return model;
        } catch (RuntimeException | Error failure) {
            model.close();
            throw failure;
        }
    }
}
