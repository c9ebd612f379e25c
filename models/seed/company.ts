/** The company that is seeded: offices, names, machines and software. Domains are those reserved for examples (RFC 2606). */

export interface Office {
  city: string;
  /** Begins the names of its computers. */
  code: string;
  domain: string;
  dnsSuffix: string;
  timeZone: string;
}

const emea = { domain: 'EMEA', dnsSuffix: 'emea.example.com' };
const americas = { domain: 'AMER', dnsSuffix: 'amer.example.com' };
const asia = { domain: 'APAC', dnsSuffix: 'apac.example.com' };

/** Largest first: later offices get fewer computers. */
export const OFFICES: readonly Office[] = [
  { city: 'Berlin', code: 'BER', timeZone: 'Europe/Berlin', ...emea },
  { city: 'Chicago', code: 'CHI', timeZone: 'America/Chicago', ...americas },
  { city: 'Vienna', code: 'VIE', timeZone: 'Europe/Vienna', ...emea },
  { city: 'Singapore', code: 'SIN', timeZone: 'Asia/Singapore', ...asia },
  { city: 'Lyon', code: 'LYS', timeZone: 'Europe/Paris', ...emea },
  { city: 'Toronto', code: 'YYZ', timeZone: 'America/Toronto', ...americas },
  { city: 'Kraków', code: 'KRK', timeZone: 'Europe/Warsaw', ...emea },
  { city: 'São Paulo', code: 'GRU', timeZone: 'America/Sao_Paulo', ...americas },
  { city: 'Gothenburg', code: 'GOT', timeZone: 'Europe/Stockholm', ...emea },
  { city: 'Osaka', code: 'OSA', timeZone: 'Asia/Tokyo', ...asia },
  { city: 'Leeds', code: 'LBA', timeZone: 'Europe/London', ...emea },
  { city: 'Denver', code: 'DEN', timeZone: 'America/Denver', ...americas },
  { city: 'Zürich', code: 'ZRH', timeZone: 'Europe/Zurich', ...emea },
  { city: 'Melbourne', code: 'MEL', timeZone: 'Australia/Melbourne', ...asia },
  { city: 'Porto', code: 'OPO', timeZone: 'Europe/Lisbon', ...emea },
  { city: 'Pune', code: 'PNQ', timeZone: 'Asia/Kolkata', ...asia },
];

export type MachineKind = 'WS' | 'NB' | 'SRV';

export const MACHINE_KINDS: readonly (readonly [number, MachineKind])[] = [
  [55, 'WS'],
  [40, 'NB'],
  [5, 'SRV'],
];

export interface OperatingSystem {
  name: string;
  version: string;
  build: string;
  systemType: string;
}

const os = (name: string, version: string, build: string, systemType: string): OperatingSystem => ({
  name,
  version,
  build,
  systemType,
});

const CLIENT_SYSTEMS: readonly (readonly [number, OperatingSystem])[] = [
  [38, os('Microsoft Windows 11 Enterprise', '10.0.26100', '26100', 'Win64')],
  [22, os('Microsoft Windows 11 Enterprise', '10.0.22631', '22631', 'Win64')],
  [27, os('Microsoft Windows 10 Enterprise', '10.0.19045', '19045', 'Win64')],
  [7, os('macOS 15', '15.6', '24G84', 'arm64')],
  [4, os('Ubuntu 24.04 LTS', '6.8.0', '', 'x86_64')],
  [2, os('Fedora Linux 42', '6.15.4', '', 'x86_64')],
];

export const SYSTEMS: Readonly<Record<MachineKind, readonly (readonly [number, OperatingSystem])[]>> = {
  WS: CLIENT_SYSTEMS,
  NB: CLIENT_SYSTEMS,
  SRV: [
    [48, os('Microsoft Windows Server 2022 Standard', '10.0.20348', '20348', 'Win64')],
    [22, os('Microsoft Windows Server 2019 Standard', '10.0.17763', '17763', 'Win64')],
    [18, os('Red Hat Enterprise Linux 9.6', '5.14.0', '', 'x86_64')],
    [12, os('Debian GNU/Linux 12', '6.1.0', '', 'x86_64')],
  ],
};

export const MODELS: Readonly<Record<MachineKind, readonly (readonly [maker: string, model: string])[]>> = {
  WS: [
    ['Dell Inc.', 'OptiPlex 7010'],
    ['Dell Inc.', 'OptiPlex 7020'],
    ['HP', 'EliteDesk 800 G9'],
    ['LENOVO', 'ThinkCentre M70q'],
  ],
  NB: [
    ['LENOVO', 'ThinkPad T14 Gen 5'],
    ['LENOVO', 'ThinkPad X1 Carbon Gen 12'],
    ['Dell Inc.', 'Latitude 5550'],
    ['HP', 'EliteBook 840 G11'],
  ],
  SRV: [
    ['VMware, Inc.', 'VMware20,1'],
    ['QEMU', 'Standard PC (Q35 + ICH9, 2009)'],
    ['Dell Inc.', 'PowerEdge R660'],
  ],
};

/** Makers' prefixes of MAC addresses by kind of machine. */
export const MAC_PREFIXES: Readonly<Record<MachineKind, readonly string[]>> = {
  WS: ['D8-BB-C1', 'A4-BB-6D', '00-68-EB'],
  NB: ['8C-8D-28', '4C-44-5B', 'F4-A8-0D'],
  SRV: ['00-50-56', '52-54-00', 'B0-4F-13'],
};

export const AGENT_VERSIONS: readonly (readonly [number, string])[] = [
  [62, '8.8.1280.0'],
  [21, '8.7.3153.0'],
  [9, '8.6.3268.0'],
  [8, '0.1.0'],
];

export const FIRST_NAMES = (
  'anna ben clara david elif felix greta hugo ines jonas katja liam mara nils olga pavel quinn rosa samir tara ' +
  'umut vera wanda xavier yara zoe amir bianca carlos dana emil fatima georg hanna ivan julia kofi lena marco nadia'
).split(' ');

export const LAST_NAMES = (
  'adams bauer costa dubois eriksson fischer garcia huber ivanov jansen keller lopez meyer novak okafor petrov ' +
  'quintero rossi schmidt tanaka ueda vogel weber yilmaz zimmer andersen brandt chen duarte evans ferrari gruber ' +
  'hoffmann ito jensen kumar lindqvist marin nguyen olsen park ricci silva tran usman varga wolf young zhang'
).split(' ');

/** Name, publisher, version, and the program that installs it silently. */
export interface Product {
  name: string;
  publisher: string;
  version: string;
  command: string;
}

const product = (name: string, publisher: string, version: string, command: string): Product => ({
  name,
  publisher,
  version,
  command,
});

export const PRODUCTS: readonly Product[] = [
  product('7-Zip', 'Igor Pavlov', '25.01', 'msiexec /i 7z2501-x64.msi /qn'),
  product('Firefox ESR', 'Mozilla', '140.5.0', 'firefox-setup-esr.exe /S'),
  product('LibreOffice', 'The Document Foundation', '25.8.3', 'msiexec /i LibreOffice_Win_x86-64.msi /qn'),
  product('Notepad++', 'Don Ho', '8.8.8', 'npp.Installer.x64.exe /S'),
  product('PuTTY', 'Simon Tatham', '0.83', 'msiexec /i putty-64bit-installer.msi /qn'),
  product('VLC media player', 'VideoLAN', '3.0.21', 'vlc-win64.exe /S'),
  product('Git', 'The Git Development Community', '2.51.2', 'Git-64-bit.exe /VERYSILENT /NORESTART'),
  product('Python', 'Python Software Foundation', '3.13.9', 'python-amd64.exe /quiet InstallAllUsers=1'),
  product('OpenJDK', 'Eclipse Adoptium', '21.0.9', 'msiexec /i OpenJDK21U-jdk_x64.msi /qn'),
  product('KeePassXC', 'KeePassXC Team', '2.7.10', 'msiexec /i KeePassXC-Win64.msi /qn'),
  product('WinSCP', 'Martin Prikryl', '6.5.3', 'WinSCP-Setup.exe /VERYSILENT'),
  product('Thunderbird', 'Mozilla', '140.5.0', 'thunderbird-setup.exe /S'),
  product('GIMP', 'The GIMP Team', '3.0.6', 'gimp-setup.exe /VERYSILENT'),
  product('Inkscape', 'Inkscape', '1.4.2', 'msiexec /i inkscape-x64.msi /qn'),
  product('Greenshot', 'Greenshot', '1.3.304', 'Greenshot-INSTALLER.exe /VERYSILENT'),
  product('Wireshark', 'Wireshark Foundation', '4.6.0', 'Wireshark-x64.exe /S'),
  product('FileZilla Client', 'Tim Kosse', '3.69.4', 'FileZilla_win64-setup.exe /S'),
  product('Audacity', 'Muse Group', '3.7.5', 'audacity-win-64bit.exe /VERYSILENT'),
  product('PDFsam Basic', 'Sober Lemur', '5.4.0', 'msiexec /i pdfsam-basic-windows-x64.msi /qn'),
  product('Blender', 'Blender Foundation', '4.5.4', 'msiexec /i blender-windows-x64.msi /qn'),
  product('Company VPN profile', 'Example Corporation', '4.2', 'setup.cmd'),
  product('Company fonts', 'Example Corporation', '2.0', 'install-fonts.cmd'),
  product('Expense Client', 'Example Corporation', '11.3.1', 'msiexec /i ExpenseClient.msi /qn'),
  product('Printer drivers', 'Example Corporation', '2026.2', 'install-drivers.cmd'),
];
