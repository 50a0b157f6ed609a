#include "check.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

std::vector<Check> &all_checks() {
    static std::vector<Check> checks;
    return checks;
}

// Runs every n-th check, from the first, second … on, whose name contains the third argument: N FIRST [NAME].
int main(int count, char **arguments) {
    cuInit(0);
    size_t failed = 0, run = 0, step = (size_t) atoi(arguments[1]), first = (size_t) atoi(arguments[2]);
    for (size_t i = first; i < all_checks().size(); i += step) {
        const Check &check = all_checks()[i];
        if (count > 3 && strstr(check.name, arguments[3]) == nullptr) continue;
        run++;
        std::string wrong;
        try {
            CUresult result = check.run();
            std::string report = reports();
            if (result != check.result) wrong = std::string("the driver answered ") + name(result) + ", not " + name(check.result);
            else if (check.report.empty() && !report.empty()) wrong = "a report where none is due: " + report;
            else if (report.find(check.report) == std::string::npos) wrong = "no report of '" + check.report + "', but: " + report;
        } catch (const std::exception &error) {
            wrong = error.what();
            reports();
        }
        printf("%-6s %s\n", wrong.empty() ? "ok" : "FAILED", check.name);
        if (!wrong.empty()) printf("       %s\n", wrong.c_str()), failed++;
        fflush(stdout);
    }
    printf("%zu checks, %zu failed\n", run, failed);
    return failed == 0 ? 0 : 1;
}
