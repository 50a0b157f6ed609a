package stablediffusion.spark;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.k8s.KubernetesConf$;
import org.apache.spark.deploy.k8s.SparkPod;
import org.apache.spark.deploy.k8s.submit.JavaMainAppResource;
import org.apache.spark.deploy.k8s.submit.KubernetesDriverBuilder;
import org.apache.spark.internal.config.package$;
import org.apache.spark.resource.ResourceProfile$;
import org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBuilder;
import org.junit.jupiter.api.Test;
import scala.Option;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Hands the files for Kubernetes to the code with which Spark makes its pods. No Kubernetes is asked. */
class KubernetesTest {
    private static final Path FOLDER = Path.of("kubernetes").toAbsolutePath();
    private static final String APPLICATION = "local:///opt/sd/sd-spark.jar";

    private static SparkConf configuration() throws IOException {
        Properties properties = new Properties();
        try (Reader file = Files.newBufferedReader(FOLDER.resolve("sd-spark.conf"))) {
            properties.load(file);
        }
        SparkConf configuration = new SparkConf(false).setMaster("k8s://https://127.0.0.1:1").setAppName("sd-spark");
        properties.forEach((name, value) -> configuration.set((String) name, (String) value));
        // The files have paths from the root of the project.
        for (String pod : new String[] {"driver", "executor"}) {
            String name = "spark.kubernetes." + pod + ".podTemplateFile";
            assertEquals("spark/kubernetes/" + pod + ".yaml", configuration.get(name));
            configuration.set(name, FOLDER.resolve(pod + ".yaml").toString());
        }
        return configuration;
    }

    @Test
    void theDriverRunsTheApplicationAndSeesTheModels() throws IOException {
        SparkConf configuration = configuration();
        String[] arguments = {"--input", "hdfs:///prompts.parquet", "--model", "/models/sd-v1-4"};
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            SparkPod pod = new KubernetesDriverBuilder().buildFromFeatures(KubernetesConf$.MODULE$.createDriverConf(configuration, "app",
                    JavaMainAppResource.of(APPLICATION), "stablediffusion.spark.application.SparkApplication", arguments,
                    Option.<String>empty()),
                    client).pod();
            assertSeesTheModels(pod.pod(), pod.container());
            String command = String.join(" ", pod.container().getArgs());
            assertTrue(command.endsWith("--class stablediffusion.spark.application.SparkApplication " + APPLICATION + " "
                    + String.join(" ", arguments)), command);
        }
    }

    @Test
    void anExecutorHasAGpuAndSeesTheModels() throws IOException {
        SparkConf configuration = configuration().set("spark.driver.host", "driver").set("spark.driver.port", "7078");
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            SparkPod pod = new KubernetesExecutorBuilder().buildFromFeatures(
                    KubernetesConf$.MODULE$.createExecutorConf(configuration, "1", "app", Option.<Pod>empty(), 0),
                    new SecurityManager(configuration, Option.<byte[]>empty(), package$.MODULE$.AUTH_SECRET_FILE_EXECUTOR()), client,
                    ResourceProfile$.MODULE$.getOrCreateDefaultProfile(configuration)).pod();
            assertSeesTheModels(pod.pod(), pod.container());
            var limits = pod.container().getResources().getLimits();
            assertEquals("1", limits.get("nvidia.com/gpu").getAmount());
            assertEquals("8192Mi", limits.get("memory").toString(), "the heap and what lies outside of it");
            assertTrue(pod.container().getEnv().stream().anyMatch(variable -> variable.getName().startsWith("SPARK_JAVA_OPT")
                    && variable.getValue().equals("@/opt/tornadovm/tornado-argfile")), pod.container()::toString);
        }
    }

    private static void assertSeesTheModels(Pod pod, Container container) {
        assertEquals("sd-spark:0.1.0", container.getImage());
        VolumeMount mount =
                container.getVolumeMounts().stream().filter(candidate -> candidate.getName().equals("models")).findFirst().orElseThrow();
        assertEquals("/models", mount.getMountPath());
        Volume volume =
                pod.getSpec().getVolumes().stream().filter(candidate -> candidate.getName().equals("models")).findFirst().orElseThrow();
        assertEquals("sd-models", volume.getPersistentVolumeClaim().getClaimName());
    }
}
