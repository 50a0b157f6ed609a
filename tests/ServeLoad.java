import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The client side of {@code tests/serve-load}: needs nothing but a JDK, which runs it from its source. */
final class ServeLoad {
    private static final int SEEDS = 64;
    private static final int MALFORMED = 10_000;
    private static final Pattern IMAGE = Pattern.compile("\"images\":\\[\"([^\"]*)\"]");
    private static final Pattern SECONDS = Pattern.compile("\"(encode_prompt|denoise|decode_image)\":([0-9.]+)");

    private final URI address;
    private final String process;
    private final Path work;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final byte[][] expected = new byte[SEEDS][];
    private int failures;

    private ServeLoad(String address, String process, Path work) {
        this.address = URI.create(address);
        this.process = process;
        this.work = work;
    }

    public static void main(String[] arguments) throws Exception {
        ServeLoad load = new ServeLoad(arguments[0], arguments[1], Path.of(arguments[2]));
        load.run(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
        System.exit(load.failures == 0 ? 0 : 1);
    }

    private void run(int seconds, int clients) throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            expected[seed] = Files.readAllBytes(work.resolve(seed + ".png"));
        }
        check("the first picture", Arrays.equals(expected[0], paint(0, "first")));
        System.out.println("memory before: " + memory() + " MB");
        load(seconds, clients);
        goAway();
        stall();
        malformed();
        check("still serving", Arrays.equals(expected[1], paint(1, "last")));
        System.out.println("memory after: " + memory() + " MB");
    }

    private void check(String what, boolean holds) {
        System.out.println((holds ? "ok: " : "FOUND: ") + what);
        failures += holds ? 0 : 1;
    }

    private static String body(int seed) {
        return "{\"prompt\": \"a red circle\", \"sampler_name\": \"DPM++ 2M\", \"scheduler\": \"Uniform\", \"cfg_scale\": 5, \"steps\": 10, \"seed\": "
                + seed + "}";
    }

    private byte[] paint(int seed, String name) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/sdapi/v1/txt2img"))
                .header("Content-Type", "application/json")
                .header("X-Client-Id", name)
                .POST(HttpRequest.BodyPublishers.ofString(body(seed)))
                .build();
        String answer = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        Matcher image = IMAGE.matcher(answer);
        return image.find() ? Base64.getDecoder().decode(image.group(1)) : new byte[0];
    }

    /** All clients ask one picture after another. */
    private void load(int seconds, int clients) throws Exception {
        AtomicInteger right = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        ConcurrentHashMap<String, Integer> ofClients = new ConcurrentHashMap<>();
        long start = System.nanoTime();
        long end = start + seconds * 1_000_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            String name = "client " + i;
            Random random = new Random(i);
            threads.add(Thread.ofVirtual().start(() -> {
                while (System.nanoTime() < end) {
                    try {
                        int seed = random.nextInt(SEEDS);
                        boolean same = Arrays.equals(expected[seed], paint(seed, name));
                        (same ? right : wrong).incrementAndGet();
                        ofClients.merge(name, 1, Integer::sum);
                    } catch (IOException | InterruptedException lost) {
                        wrong.incrementAndGet();
                    }
                }
            }));
        }
        for (long half = seconds * 500L; threads.stream().anyMatch(Thread::isAlive); half = 1000) {
            Thread.sleep(half);
            if (half > 1000) {
                System.out.println("memory in the middle: " + memory() + " MB");
            }
        }
        double took = (System.nanoTime() - start) / 1e9;
        double alone = secondsAlone();
        int most = ofClients.values().stream().max(Integer::compare).orElse(0);
        int least = ofClients.values().stream().min(Integer::compare).orElse(0);
        System.out.printf(Locale.ROOT, "%d clients, %.0f s: %d pictures, %.2f a second; sd generate -b: %.2f a second; ratio %.2f; a client got %d to %d%n",
                clients, took, right.get(), right.get() / took, 1 / alone, right.get() / took * alone, least, most);
        check("every answer is its seed's picture; wrong or lost: " + wrong, wrong.get() == 0 && right.get() > 0);
        check("clients took turns", most - least <= 1 + most / 4);
    }

    /** Computes the time of a picture of {@code sd generate -b}, without the first one, which loads the networks. */
    private double secondsAlone() throws IOException {
        List<String> lines = Files.readAllLines(work.resolve("alone.json"));
        double sum = 0;
        for (String line : lines.subList(1, lines.size())) {
            Matcher seconds = SECONDS.matcher(line);
            while (seconds.find()) {
                sum += Double.parseDouble(seconds.group(2));
            }
        }
        return sum / (lines.size() - 1);
    }

    private Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getByName(address.getHost()), address.getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private static String request(int seed) {
        String body = body(seed);
        return "POST /sdapi/v1/txt2img HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** Clients end in the midst of their requests as kill -9 ends them. */
    private void goAway() throws Exception {
        for (int i = 0; i < 90; i++) {
            Socket socket = open();
            send(socket, request(i % SEEDS));
            socket.setSoLinger(i % 2 == 0, 0);
            Thread.sleep(10);
            socket.close();
        }
        long start = System.nanoTime();
        check("clients that went away leave no work behind", Arrays.equals(expected[2], paint(2, "after")));
        System.out.printf(Locale.ROOT, "… the next picture came after %.1f s%n", (System.nanoTime() - start) / 1e9);
    }

    /** Clients send half of a request, or do not read the answer. */
    private void stall() throws Exception {
        List<Socket> stalled = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Socket socket = open();
            send(socket, i % 2 == 0 ? "POST /sdapi/v1/txt2img HTTP/1.1\r\nHost: local" : "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{");
            stalled.add(socket);
        }
        for (int i = 0; i < 20; i++) {
            Socket socket = open();
            socket.setReceiveBufferSize(1024);
            send(socket, request(i));
            stalled.add(socket);
        }
        check("half requests and slow readers hold nobody up", Arrays.equals(expected[3], paint(3, "beside")));
        for (Socket socket : stalled) {
            socket.close();
        }
    }

    private void malformed() throws Exception {
        Random random = new Random(1);
        byte[] good = request(0).getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < MALFORMED; i++) {
            byte[] damaged = good.clone();
            for (int j = random.nextInt(8); j >= 0; j--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try (Socket socket = open()) {
                socket.getOutputStream().write(damaged, 0, random.nextInt(good.length - 1));
                socket.shutdownOutput();
                socket.getInputStream().readNBytes(12);
            } catch (IOException cutOff) {
                // The server may end such a connection.
            }
        }
        System.out.println(MALFORMED + " malformed requests were sent");
    }

    private long memory() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", process, "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        return 0;
    }
}
